using System.Buffers;
using System.Globalization;
using System.Text;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>Makes a text fit for the audit log: short, printable, and free of secrets.</summary>
/// <remarks>
/// What is done must be written down whatever its text is, so nothing is refused here; what does not fit is changed,
/// and says so.
/// </remarks>
internal static class AuditText
{
    public const string Withheld = "(withheld: it looked like a secret)";

    // The head of a signed web token is JSON in base64url, which begins so and is never shorter.
    private const int WebTokenHead = 20;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>At most <paramref name="lengthMax"/> characters; the unprintable is shown by its number.</summary>
    public static string Clean(string text, int lengthMax)
    {
        if (HasSecret(text)) return Withheld;
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsPrintable(rune)) clean.Append(rune.ToString());
            else clean.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            if (clean.Length > lengthMax) return Cut(clean.ToString(), lengthMax);
        }

        return clean.ToString();
    }

    private static string Cut(string text, int lengthMax)
    {
        var end = lengthMax - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), "…");
    }

    /// <summary>
    /// Whether a token or invite is in the text, with its prefix or alone; a private key in PEM; or a signed web token.
    /// Exact for the first two, by their checksums: no name or hash is taken for one.
    /// </summary>
    private static bool HasSecret(string text)
    {
        if (text.Contains(SecretText.Family + "token", StringComparison.OrdinalIgnoreCase) ||
            text.Contains(SecretText.Family + "invite", StringComparison.OrdinalIgnoreCase) ||
            text.Contains("PRIVATE KEY", StringComparison.OrdinalIgnoreCase))
            return true;

        var rest = text.AsSpan();
        while (rest.IndexOfAny(Alphabet) is >= 0 and var start)
        {
            rest = rest[start..];
            var end = rest.IndexOfAnyExcept(Alphabet);
            var word = end < 0 ? rest : rest[..end];
            if (word.Length >= SecretToken.ByteCount && SecretText.TryDecode(word, out _)) return true;
            if (word.Length >= WebTokenHead && word.StartsWith("eyJ")) return true;
            rest = rest[word.Length..];
        }

        return false;
    }

    private static bool IsPrintable(Rune rune) =>
        rune.Value != Rune.ReplacementChar.Value &&
        Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or
            UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or
            UnicodeCategory.ParagraphSeparator);
}
