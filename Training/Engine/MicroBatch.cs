namespace FedLowRank.Training.Engine;

/// <summary>
/// Examples that one worker pushes through the model together. Their tokens lie one after the other, without padding:
/// the products run over all tokens, attention over each example's own.
/// </summary>
internal readonly ref struct MicroBatch
{
    private readonly Span<int> starts;

    /// <summary>
    /// Creates a batch; <paramref name="starts"/> is scratch of at least one more value than there are examples.
    /// </summary>
    public MicroBatch(ReadOnlySpan<TokenizedExample> examples, Span<int> starts)
    {
        Examples = examples;
        this.starts = starts[..(examples.Length + 1)];
        this.starts[0] = 0;
        for (var i = 0; i < examples.Length; i++)
        {
            this.starts[i + 1] = this.starts[i] + examples[i].Tokens.Length;
        }
    }

    public ReadOnlySpan<TokenizedExample> Examples { get; }

    public int Count => Examples.Length;

    /// <summary>Tokens of all examples.</summary>
    public int TokenCount => starts[^1];

    /// <summary>Row of each example's first token, and the number of tokens at the end.</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <summary>How many of <paramref name="examples"/>, from the first, fit the limits; at least one.</summary>
    public static int Fit(ReadOnlySpan<TokenizedExample> examples, int tokensMax, int countMax)
    {
        var tokens = 0;
        for (var i = 0; i < examples.Length; i++)
        {
            tokens += examples[i].Tokens.Length;
            if (i > 0 && (tokens > tokensMax || i >= countMax))
            {
                return i;
            }
        }

        return examples.Length;
    }
}
