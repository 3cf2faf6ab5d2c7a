using System.Text.RegularExpressions;

namespace FedLowRank.Federation.Storage.Journals;

/// <summary>Name of a stream, such as <c>runs/night-shift</c>. Compared ordinally.</summary>
public sealed partial record StreamName
{
    /// <summary>Most characters of a name.</summary>
    public const int LengthMax = 200;

    /// <summary>Checks the text.</summary>
    /// <exception cref="ArgumentException">
    /// Not 1 to 200 letters, digits, '.', '_' or '-' in parts between single '/'.
    /// </exception>
    public StreamName(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length > LengthMax || !Allowed().IsMatch(value))
        {
            throw new ArgumentException(
                $"stream '{value[..Math.Min(value.Length, LengthMax)]}' of {value.Length} characters: use 1 to " +
                $"{LengthMax} letters, digits, '.', '_' or '-' in parts between single '/'", nameof(value));
        }

        Value = value;
    }

    /// <summary>The text.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(
        @"\A[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Allowed();
}
