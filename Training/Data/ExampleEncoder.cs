using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Data;

/// <summary>Turns rows of text into what an engine trains on.</summary>
public static class ExampleEncoder
{
    /// <summary>One example for each row, in the same order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labels">The task's labels.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="tokensMax">Most tokens of an example, frame tokens included.</param>
    /// <exception cref="ArgumentException">
    /// A row's label is not in the set, or there is no room for the frame tokens.
    /// </exception>
    public static TokenizedExample[] Encode(
        IReadOnlyList<TextRow> rows, LabelSet labels, ITokenizer tokenizer, int tokensMax) =>
        [.. rows.Select(row => new TokenizedExample(tokenizer.Encode(row.Text, tokensMax), labels.IndexOf(row.Label)))];
}
