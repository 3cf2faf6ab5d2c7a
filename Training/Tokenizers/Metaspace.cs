using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// SentencePiece's way with white space: a visible character stands for every space, and for one more before the text.
/// </summary>
internal sealed class Metaspace
{
    private const string Always = "always";
    private const string First = "first";
    private const string Never = "never";

    private readonly string mark;
    private readonly string prepends;
    private readonly bool splits;

    /// <summary>Reads a pre-tokenizer or decoder of type <c>Metaspace</c>.</summary>
    /// <exception cref="InputFileException">A field is wrong or not supported.</exception>
    public Metaspace(JsonField field)
    {
        var replacement = field["replacement"];
        mark = replacement.Text();
        if (mark.EnumerateRunes().Count() != 1) throw replacement.Error("must be one character");

        var scheme = field["prepend_scheme"];
        prepends = scheme.IsNull ? Always : scheme.Text();
        TokenizerFile.Refuse(
            scheme, prepends is not (Always or First or Never), $"supported are {Always}, {First} and {Never}");
        var addsPrefix = field["add_prefix_space"];
        if (!addsPrefix.Flag(whenAbsent: true) && prepends != Never)
            throw addsPrefix.Error($"contradicts prepend_scheme, \"{prepends}\"");

        splits = field["split"].Flag(whenAbsent: true);
    }

    /// <summary>The words of a text that is not empty; every one but the first begins with the mark.</summary>
    /// <param name="text">Plain text between added tokens.</param>
    /// <param name="isFirst">The text is the start of the input.</param>
    public IEnumerable<string> Words(string text, bool isFirst)
    {
        text = text.Replace(" ", mark, StringComparison.Ordinal);
        var isPrefixed = prepends == Always || (prepends == First && isFirst);
        if (isPrefixed && !text.StartsWith(mark, StringComparison.Ordinal)) text = mark + text;
        for (var start = 0; start < text.Length;)
        {
            var next = splits ? text.IndexOf(mark, start + 1, StringComparison.Ordinal) : -1;
            var end = next < 0 ? text.Length : next;
            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>Spaces for marks again; none for those of the first token, if a mark is put before texts.</summary>
    public IEnumerable<string> Decode(IEnumerable<string> tokens) => tokens.Select((token, index) =>
        token.Replace(mark, index == 0 && prepends != Never ? "" : " ", StringComparison.Ordinal));
}
