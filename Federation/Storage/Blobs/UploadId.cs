using System.Text.RegularExpressions;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>Name of an upload, chosen by who begins it.</summary>
public sealed partial record UploadId
{
    /// <summary>Checks the text.</summary>
    /// <exception cref="ArgumentException">Not 1 to 100 lower-case letters, digits or '-'.</exception>
    public UploadId(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!Allowed().IsMatch(value))
        {
            throw new ArgumentException(
                $"upload '{value[..Math.Min(value.Length, 100)]}' of {value.Length} characters: use 1 to 100 " +
                "lower-case letters, digits or '-'", nameof(value));
        }

        Value = value;
    }

    /// <summary>The text.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;

    // One case only, as some file systems do not tell them apart.
    [GeneratedRegex(@"\A[a-z0-9-]{1,100}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Allowed();
}
