namespace FedLowRank.Training;

/// <summary>
/// One example: token ids with the frame tokens, without padding; for a classifier also the label's index. Without a
/// label it is for next-token training, and every token but the first is a target.
/// </summary>
public sealed class TokenizedExample
{
    private const int NoLabel = -1;

    private readonly int[] tokens;
    private readonly int label = NoLabel;

    /// <summary>An example for a classifier. Takes ownership of the ids.</summary>
    /// <exception cref="ArgumentException">No tokens, or a negative label.</exception>
    public TokenizedExample(int[] tokens, int label)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        this.tokens = tokens;
        this.label = label;
    }

    /// <summary>An example for next-token training. Takes ownership of the ids.</summary>
    /// <exception cref="ArgumentException">Fewer than two tokens: nothing is to be predicted.</exception>
    public TokenizedExample(int[] tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, 2, nameof(tokens));
        this.tokens = tokens;
    }

    /// <summary>Token ids, at least one.</summary>
    public ReadOnlySpan<int> Tokens => tokens;

    /// <summary>True for a classifier's example.</summary>
    public bool HasLabel => label != NoLabel;

    /// <summary>Index of the true label, from 0.</summary>
    /// <exception cref="InvalidOperationException">The example has none.</exception>
    public int Label => HasLabel ? label : throw new InvalidOperationException("the example has no label");
}
