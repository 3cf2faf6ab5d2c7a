using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>
/// States and events as UTF-8 JSON. What is written is read back equal; a member that the form does not have, or one
/// that is missing, is an error and never dropped or guessed.
/// </summary>
public static class RunJson
{
    /// <summary>Version of the form. Any change of it, a new member too, takes the next number.</summary>
    public const int Schema = 1;

    /// <summary>Writes a state.</summary>
    public static byte[] Write(RunState state) => Write(state, RoundsJsonContext.Default.VersionedRunState);

    /// <summary>Writes an event. One that was refused as malformed may hold what JSON cannot.</summary>
    /// <exception cref="ArgumentException">A number is NaN or infinite.</exception>
    public static byte[] Write(RunEvent happened) => Write(happened, RoundsJsonContext.Default.VersionedRunEvent);

    /// <summary>Reads a state.</summary>
    /// <exception cref="JsonException">
    /// Not JSON, of another version, or not of the form; the message names where.
    /// </exception>
    public static RunState ReadState(ReadOnlySpan<byte> json) =>
        Read(json, RoundsJsonContext.Default.VersionedRunState);

    /// <summary>Reads an event.</summary>
    /// <exception cref="JsonException">
    /// Not JSON, of another version, or not of the form; the message names where.
    /// </exception>
    public static RunEvent ReadEvent(ReadOnlySpan<byte> json) =>
        Read(json, RoundsJsonContext.Default.VersionedRunEvent);

    private static byte[] Write<T>(T value, JsonTypeInfo<Versioned<T>> type) =>
        JsonSerializer.SerializeToUtf8Bytes(new(Schema, value), type);

    private static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<Versioned<T>> type)
    {
        SchemaVersion.Require(json, Schema);
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
