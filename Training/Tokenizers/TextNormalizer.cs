using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// The normaliser of a SentencePiece-style <c>tokenizer.json</c>: <c>Prepend</c>, <c>Replace</c> of a string, and
/// sequences of these, applied in their order.
/// </summary>
internal sealed class TextNormalizer
{
    private readonly List<Func<string, string>> steps = [];

    /// <summary>Reads the field <c>normalizer</c>; null is no change.</summary>
    /// <exception cref="InputFileException">A step is wrong or not supported.</exception>
    public TextNormalizer(JsonField normalizer)
    {
        if (!normalizer.IsNull) Add(normalizer);
    }

    /// <summary>The normalised text; an empty one stays empty.</summary>
    public string Apply(string text) => steps.Aggregate(text, (changed, step) => step(changed));

    private void Add(JsonField normalizer)
    {
        switch (normalizer["type"].Text())
        {
            case "Sequence":
                foreach (var step in normalizer["normalizers"].Items()) Add(step);
                break;
            case "Prepend":
                var prefix = normalizer["prepend"].Text();
                steps.Add(text => text.Length == 0 ? text : prefix + text);
                break;
            case "Replace":
                steps.Add(TextReplacement.Read(normalizer).Apply);
                break;
            default:
                throw normalizer["type"].Error("is not supported; supported are Sequence, Prepend and Replace");
        }
    }
}
