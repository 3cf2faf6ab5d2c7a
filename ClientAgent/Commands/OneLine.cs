using System.Globalization;

namespace FedLowRank.ClientAgent.Commands;

/// <summary>
/// Text for people that may have words of the server in it: they must neither steer a terminal nor look like further
/// lines of the agent's own.
/// </summary>
internal static class OneLine
{
    /// <summary>The text with a question mark for each control, format and line-breaking character.</summary>
    public static string Of(string text) => string.Create(text.Length, text, (shown, said) =>
    {
        for (var i = 0; i < said.Length; i++) shown[i] = IsStrange(said[i]) ? '?' : said[i];
    });

    private static bool IsStrange(char letter) => char.GetUnicodeCategory(letter)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator;
}
