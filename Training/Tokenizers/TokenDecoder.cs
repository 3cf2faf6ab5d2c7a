using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// The decoder of a SentencePiece-style <c>tokenizer.json</c>: a chain of steps that each turn a list of strings, at
/// first the tokens, into another. What is left is joined; with spaces where the file has no decoder.
/// </summary>
internal sealed class TokenDecoder
{
    private readonly List<Func<IEnumerable<string>, IEnumerable<string>>> steps = [];
    private readonly string separator;

    /// <summary>Reads the field <c>decoder</c>.</summary>
    /// <exception cref="InputFileException">A step is wrong or not supported.</exception>
    public TokenDecoder(JsonField decoder)
    {
        separator = decoder.IsNull ? " " : "";
        if (!decoder.IsNull) Add(decoder);
    }

    /// <summary>The text that the tokens stand for.</summary>
    public string Decode(IEnumerable<string> tokens) =>
        string.Join(separator, steps.Aggregate(tokens, (changed, step) => step(changed)));

    private void Add(JsonField decoder)
    {
        switch (decoder["type"].Text())
        {
            case "Sequence":
                foreach (var step in decoder["decoders"].Items()) Add(step);
                break;
            case "Replace":
                var replacement = TextReplacement.Read(decoder);
                steps.Add(tokens => tokens.Select(replacement.Apply));
                break;
            case "ByteFallback":
                steps.Add(ByteFallback.Decode);
                break;
            case "Fuse":
                steps.Add(tokens => [string.Concat(tokens)]);
                break;
            case "Strip":
                steps.Add(ReadStrip(decoder));
                break;
            case "Metaspace":
                steps.Add(new Metaspace(decoder).Decode);
                break;
            default:
                throw decoder["type"].Error(
                    "is not supported; supported are Sequence, Replace, ByteFallback, Fuse, Strip and Metaspace");
        }
    }

    // At most so many of one character from the start and from the end of each string.
    private static Func<IEnumerable<string>, IEnumerable<string>> ReadStrip(JsonField decoder)
    {
        var content = decoder["content"].Text();
        if (content.Length != 1) throw decoder["content"].Error("must be one character of the basic plane");
        var startMax = decoder["start"].Integer(0, int.MaxValue);
        var endMax = decoder["stop"].Integer(0, int.MaxValue);
        return tokens => tokens.Select(token =>
        {
            var (start, end) = (0, token.Length);
            while (start < Math.Min(startMax, token.Length) && token[start] == content[0]) start++;
            while (end > start && token.Length - end < endMax && token[end - 1] == content[0]) end--;
            return token[start..end];
        });
    }
}
