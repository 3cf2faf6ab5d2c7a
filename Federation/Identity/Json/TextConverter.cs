using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Identity.Json;

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
        writer.WriteStringValue(Text(value));

    protected virtual string Text(T value) => value.ToString()!;
}

internal sealed class AgentIdConverter() : TextConverter<AgentId>(text => new(text));

internal sealed class UserNameConverter() : TextConverter<UserName>(text => new(text));

internal sealed class BlobHashConverter() : TextConverter<BlobHash>(BlobHash.Parse);

internal sealed class TokenHashConverter() : TextConverter<TokenHash>(text => new(BlobHash.Parse(text)));

internal sealed class SerialNumberConverter() : TextConverter<SerialNumber>(SerialNumber.Parse);

/// <summary>A time in UTC to the millisecond, always of the same length: 2026-01-31T12:00:00.000Z.</summary>
internal sealed class MillisecondConverter() : TextConverter<DateTimeOffset>(Parse)
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    protected override string Text(DateTimeOffset value) =>
        value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    private static DateTimeOffset Parse(string text) => DateTimeOffset.ParseExact(
        text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
