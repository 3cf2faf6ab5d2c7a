using System.Globalization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Identity.Json;

internal sealed class UserNameConverter() : TextConverter<UserName>(text => new(text));

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
