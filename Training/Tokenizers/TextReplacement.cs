using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>Replaces every occurrence of a string, as normalisers and decoders of type <c>Replace</c> do.</summary>
internal sealed record TextReplacement(string Pattern, string Content)
{
    /// <summary>Reads the fields <c>pattern</c> and <c>content</c>; patterns other than strings are refused.</summary>
    /// <exception cref="InputFileException">A field is wrong or not supported.</exception>
    public static TextReplacement Read(JsonField step)
    {
        TokenizerFile.Refuse(step["pattern"], step["pattern"]["String"].IsNull, "supported is String");
        var pattern = step["pattern"]["String"];
        if (pattern.Text().Length == 0) throw pattern.Error("must not be empty");
        return new(pattern.Text(), step["content"].Text());
    }

    /// <summary>The text with all replacements made, from left to right.</summary>
    public string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);
}
