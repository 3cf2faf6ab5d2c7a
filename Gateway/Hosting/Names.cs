using System.Globalization;
using System.Numerics;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Hosting;

/// <summary>Names in addresses, each read in its one form.</summary>
internal static class Names
{
    /// <exception cref="BadHttpRequestException">Not of the form.</exception>
    public static RunId Run(string text) => Read(text, static text => new RunId(text));

    /// <inheritdoc cref="Run"/>
    public static AgentId Agent(string text) => Read(text, static text => new AgentId(text));

    /// <inheritdoc cref="Run"/>
    public static UserName User(string text) => Read(text, static text => new UserName(text));

    /// <inheritdoc cref="Run"/>
    public static CommandId Command(string text) => Read(text, static text => new CommandId(text));

    /// <inheritdoc cref="Run"/>
    public static BlobHash Hash(string text) => Read(text, BlobHash.Parse);

    /// <inheritdoc cref="Run"/>
    public static RoundId Round(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 2 && Number(parts[0], out var number) && Number(parts[1], out var attempt) &&
            new RoundId(number, attempt) is var round && round.ToString() == text
            ? round
            : throw new BadHttpRequestException("a round is written as number.attempt, both from 1, for example 3.1");
    }

    /// <summary>A whole number of an address or a form.</summary>
    /// <param name="field">For the message.</param>
    /// <param name="text">Digits alone.</param>
    /// <param name="min">The least that it may be.</param>
    /// <param name="max">The greatest; null for all that there are.</param>
    /// <exception cref="BadHttpRequestException">It is none, or out of its limits.</exception>
    public static T Whole<T>(string field, string? text, T min, T? max = null)
        where T : struct, IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min &&
        !(number > max)
            ? number
            : throw new BadHttpRequestException(
                $"{field} must be a whole number from {min}{(max is null ? "" : $" to {max}")}");

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static T Read<T>(string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            var end = error.Message.IndexOf(" (Parameter", StringComparison.Ordinal);
            throw new BadHttpRequestException(end < 0 ? error.Message : error.Message[..end], error);
        }
    }
}
