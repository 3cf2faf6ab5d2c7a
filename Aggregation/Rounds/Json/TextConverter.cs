using System.Text.Json;
using System.Text.Json.Serialization;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>A checked value as its text.</summary>
/// <param name="parse">Reads the text; throws <see cref="ArgumentException"/> or <see cref="FormatException"/>.</param>
public abstract class TextConverter<T>(Func<string, T> parse) : JsonConverter<T>
    where T : notnull
{
    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));

    /// <summary>The text of a value.</summary>
    protected virtual string Text(T value) => value.ToString()!;
}
