using System.Globalization;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Service;

/// <summary>
/// The last error of an agent, and as many of the last lines of its log as its owner's policy lets the server see;
/// without a word of the owner those are none. An agent writes lines for the server in which all that is not its own
/// program's words, a name of the run, a hash or a code is withheld; the server takes them for text of a stranger all
/// the same.
/// </summary>
/// <param name="Error">What went wrong last.</param>
/// <param name="Log">
/// Oldest first; at most <see cref="LinesMax"/> of at most <see cref="LineCharactersMax"/> characters.
/// </param>
public sealed record AgentTrouble(AgentError Error, ValueList<string> Log)
{
    /// <summary>Most lines.</summary>
    public const int LinesMax = 100;

    /// <summary>Most characters of a line.</summary>
    public const int LineCharactersMax = 240;

    /// <summary>Which limit it exceeds; null for none.</summary>
    public string? Problem()
    {
        if (Log.Count > LinesMax)
            return string.Create(CultureInfo.InvariantCulture, $"log has {Log.Count} lines; at most {LinesMax}");
        for (var i = 0; i < Log.Count; i++)
        {
            if (Log[i].Length > LineCharactersMax)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"log[{i}] has {Log[i].Length} characters; at most {LineCharactersMax}");
            }
        }

        return null;
    }

    /// <summary>
    /// The same with a question mark for each character of a line that steers a terminal, breaks a line, changes the
    /// direction of text or is half of a pair.
    /// </summary>
    public AgentTrouble Cleaned() => this with { Log = Log.Select(Clean).ToValueList() };

    /// <summary>A text as <see cref="Cleaned"/> leaves it.</summary>
    public static string Clean(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned ||
            rune == Rune.ReplacementChar
                ? "?"
                : rune.ToString()));
}
