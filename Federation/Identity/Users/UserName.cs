using System.Text.RegularExpressions;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>Name of a person or program that holds a token.</summary>
public sealed partial record UserName
{
    /// <summary>Checks the text.</summary>
    /// <exception cref="ArgumentException">
    /// Not 1 to 64 letters, digits, '.', '_', '-' or '@' beginning with a letter or digit.
    /// </exception>
    public UserName(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Value = Allowed().IsMatch(value)
            ? value
            : throw new ArgumentException(
                $"user '{value[..Math.Min(value.Length, 64)]}': use 1 to 64 letters, digits, '.', '_', '-' or '@', " +
                "beginning with a letter or digit", nameof(value));
    }

    /// <summary>The text, compared ordinally.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Allowed();
}
