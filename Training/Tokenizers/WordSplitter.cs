using System.Globalization;
using System.Text;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// GPT-2's pre-tokenisation, by hand:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// .NET's Regex sees UTF-16 units, so that it would put letters outside the basic plane among the symbols; this reads
/// code points. Every character belongs to exactly one word. Characters younger than the Unicode version that a
/// model's own tokenizer was built with may be classed differently.
/// </summary>
internal static class WordSplitter
{
    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>End of the word that starts at <paramref name="start"/>, which must be inside the text.</summary>
    public static int WordEnd(ReadOnlySpan<char> text, int start)
    {
        var contraction = ContractionLength(text[start..]);
        if (contraction > 0) return start + contraction;

        var kind = KindAt(text, start, out var next);
        if (text[start] == ' ' && next < text.Length)
        {
            var following = KindAt(text, next, out var afterFollowing);
            if (following != Kind.Space) return RunEnd(text, afterFollowing, following);
        }
        var end = RunEnd(text, next, kind);
        if (kind != Kind.Space) return end;

        // \s+(?!\S): the last space before a word belongs to what follows, unless it is the only one.
        // All white space is in the basic plane: one unit back is one code point back.
        return end == text.Length || end - start == 1 ? end : end - 1;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int position, Kind kind)
    {
        while (position < text.Length && KindAt(text, position, out var next) == kind) position = next;
        return position;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'') return 0;
        if (text[1] is 's' or 't' or 'm' or 'd') return 2;
        if (text.Length < 3) return 0;
        return (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int position, out int next)
    {
        Rune.DecodeFromUtf16(text[position..], out var rune, out var units);
        next = position + units;
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
