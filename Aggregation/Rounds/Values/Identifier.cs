using System.Text.RegularExpressions;

namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>The one rule for names that people and machines hand in.</summary>
internal static partial class Identifier
{
    public static string Require(string value, string kind)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Allowed().IsMatch(value)
            ? value
            : throw new ArgumentException(
                $"{kind} '{value[..Math.Min(value.Length, 64)]}': use 1 to 64 letters, digits, '.', '_' or '-', " +
                "beginning with a letter or digit", nameof(value));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Allowed();
}
