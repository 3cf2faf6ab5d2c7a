using System.Text.Json;
using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>A checked value as its text.</summary>
internal abstract class TextConverter<T>(Func<string, T> parse) : JsonConverter<T>
    where T : notnull
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("expected a string");
        try
        {
            return parse(reader.GetString()!);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new JsonException(error.Message, error);
        }
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

internal sealed class AgentIdConverter() : TextConverter<AgentId>(text => new(text));

internal sealed class RunIdConverter() : TextConverter<RunId>(text => new(text));

internal sealed class CommandIdConverter() : TextConverter<CommandId>(text => new(text));

internal sealed class BlobHashConverter() : TextConverter<BlobHash>(BlobHash.Parse);
