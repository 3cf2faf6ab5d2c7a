namespace FedLowRank.Training;

/// <summary>
/// One example for a classifier: token ids with the frame tokens, without padding, and the label's index.
/// </summary>
public sealed class TokenizedExample
{
    private readonly int[] tokens;

    /// <summary>Takes ownership of the ids.</summary>
    /// <exception cref="ArgumentException">No tokens, or a negative label.</exception>
    public TokenizedExample(int[] tokens, int label)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        this.tokens = tokens;
        Label = label;
    }

    /// <summary>Token ids, at least one.</summary>
    public ReadOnlySpan<int> Tokens => tokens;

    /// <summary>Index of the true label, from 0.</summary>
    public int Label { get; }
}
