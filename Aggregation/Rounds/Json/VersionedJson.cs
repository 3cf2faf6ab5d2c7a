using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>Values as UTF-8 JSON with the version of their form; another version is not read.</summary>
public static class VersionedJson
{
    /// <summary>Writes a value.</summary>
    public static byte[] Write<T>(int schema, T value, JsonTypeInfo<Versioned<T>> type) =>
        JsonSerializer.SerializeToUtf8Bytes(new(schema, value), type);

    /// <summary>Reads a value.</summary>
    /// <exception cref="JsonException">
    /// Not JSON, of another version, or not of the form; the message names where.
    /// </exception>
    public static T Read<T>(int schema, ReadOnlySpan<byte> json, JsonTypeInfo<Versioned<T>> type)
    {
        SchemaVersion.Require(json, schema);
        try
        {
            return JsonSerializer.Deserialize(json, type) is { Value: { } value }
                ? value
                : throw new JsonException("value is null");
        }
        catch (NotSupportedException error)
        {
            throw UnionFault.Of(error);
        }
        catch (JsonException error)
            when (error.Path is { } path && !error.Message.Contains(path, StringComparison.Ordinal))
        {
            // A converter's own words do not say where.
            throw new JsonException(
                $"{path}: {error.Message}", path, error.LineNumber, error.BytePositionInLine, error);
        }
    }
}
