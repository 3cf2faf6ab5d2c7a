using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Work;

namespace FedLowRank.ClientAgent.Logs;

/// <summary>
/// A line of the log in two forms: whole, for the owner, and with all withheld that could be of the owner's, for the
/// server. It is only ever made from an interpolated string, so that what is the program's own word and what was filled
/// in cannot be mistaken: of what is filled in, the server sees what <see cref="Shareable"/> names and nothing else.
/// </summary>
[InterpolatedStringHandler]
internal sealed class LogText
{
    /// <summary>What the server sees in place of all else.</summary>
    public const string Withheld = "[withheld]";

    private readonly StringBuilder whole;
    private readonly StringBuilder shared;

    /// <summary>As the compiler calls it.</summary>
    /// <param name="literalLength">Characters of the program's own words.</param>
    /// <param name="formattedCount">How many values are filled in.</param>
    public LogText(int literalLength, int formattedCount) =>
        (whole, shared) = (new(literalLength + (formattedCount * 16)), new(literalLength + (formattedCount * 16)));

    /// <summary>For the owner.</summary>
    public string Whole => whole.ToString();

    /// <summary>For the server, where the owner's policy allows it.</summary>
    public string Shared => shared.ToString();

    /// <summary>The program's own words.</summary>
    public void AppendLiteral(string words)
    {
        whole.Append(words);
        shared.Append(words);
    }

    /// <summary>A value; an error is its message to the owner.</summary>
    public void AppendFormatted<T>(T value)
    {
        whole.Append(
            value is Exception error ? MessageOf(error) : Convert.ToString(value, CultureInfo.InvariantCulture));
        shared.Append(Shareable(value) ?? Withheld);
    }

    /// <summary>
    /// What the server may see of a value: names of runs and rounds and hashes, which it gave out itself, the agent's
    /// name, codes of closed lists, and of an error no more than its kind. A message can quote a path or a row, and a
    /// number can be a count of rows; so texts and numbers are not among them.
    /// </summary>
    private static string? Shareable<T>(T value) => value switch
    {
        RunId or RoundId or RoundRef or AgentId or BlobHash or Enum => value.ToString(),
        RefusedException refused => refused.Code,
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } error =>
            $"{nameof(HttpRequestException)} {error.HttpRequestError}",
        Exception error => error.GetType().Name,
        _ => null,
    };

    private static string MessageOf(Exception error) =>
        error is HttpRequestException { InnerException: { } inner }
            ? $"{error.Message} {inner.Message}"
            : Admission.WhyOf(error);
}
