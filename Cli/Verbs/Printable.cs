using System.Globalization;

namespace FedLowRank.Cli.Verbs;

/// <summary>Text from elsewhere made harmless for a terminal.</summary>
internal static class Printable
{
    /// <summary>Control and format characters are shown as a question mark; line ends stay.</summary>
    public static string Of(string text) =>
        text.Any(IsStrange) ? string.Concat(text.Select(letter => IsStrange(letter) ? '?' : letter)) : text;

    private static bool IsStrange(char letter) =>
        letter is not '\n' && char.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format;
}
