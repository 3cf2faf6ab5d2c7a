using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Data;

/// <summary>Turns rows of text into what an engine trains on.</summary>
public static class ExampleEncoder
{
    /// <summary>One example with its label for each row, in the same order.</summary>
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

    /// <summary>One example for next-token training for each row, in the same order; labels are not read.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="tokensMax">Most tokens of an example, frame tokens included.</param>
    /// <exception cref="ArgumentException">
    /// A text has fewer than two tokens, so that none follows another, or there is no room for the frame tokens.
    /// </exception>
    public static TokenizedExample[] EncodeTokens(
        IReadOnlyList<TextRow> rows, ITokenizer tokenizer, int tokensMax)
    {
        return [.. rows.Select(Encode)];

        TokenizedExample Encode(TextRow row)
        {
            var tokens = tokenizer.Encode(row.Text, tokensMax);
            return tokens.Length >= 2
                ? new TokenizedExample(tokens)
                : throw new ArgumentException(
                    $"text {row.Id} has {tokens.Length} tokens; next-token training needs at least 2", nameof(rows));
        }
    }
}
