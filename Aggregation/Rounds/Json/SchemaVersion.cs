using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>The version of a form, before the form is read.</summary>
public static class SchemaVersion
{
    /// <summary>Another version is told as such, not as the first member that this one does not know.</summary>
    /// <exception cref="JsonException">The first member is not the schema, or it is another one.</exception>
    public static void Require(ReadOnlySpan<byte> json, int expected)
    {
        var reader = new Utf8JsonReader(json);
        var isFirst = reader.Read() && reader.TokenType == JsonTokenType.StartObject &&
            reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("schema"u8) &&
            reader.Read() && reader.TokenType == JsonTokenType.Number;
        if (!isFirst) throw new JsonException("the first member must be the number 'schema'");
        if (reader.TryGetInt32(out var schema) && schema == expected) return;
        throw new JsonException(string.Create(
            CultureInfo.InvariantCulture,
            $"schema is {Encoding.UTF8.GetString(reader.ValueSpan)}; this build reads {expected}"));
    }
}
