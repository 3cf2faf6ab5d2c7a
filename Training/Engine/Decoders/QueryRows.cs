namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// The rows of a batch whose output is wanted: a contiguous part of each example's tokens, kept one after the other.
/// </summary>
internal readonly unsafe ref struct QueryRows
{
    private readonly ReadOnlySpan<int> tokenStarts;

    /// <param name="batch">The examples.</param>
    /// <param name="wanted">Which of their tokens.</param>
    /// <param name="starts">Scratch of at least one more value than there are examples.</param>
    /// <param name="origins">Scratch of at least as many values as there are examples.</param>
    public QueryRows(in MicroBatch batch, WantedTokens wanted, Span<int> starts, Span<int> origins)
    {
        tokenStarts = batch.Starts;
        starts[0] = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var tokens = tokenStarts[i + 1] - tokenStarts[i];
            var (first, count) = wanted switch
            {
                WantedTokens.AllButLast => (0, tokens - 1),
                WantedTokens.Last => (tokens - 1, 1),
                _ => (0, tokens),
            };
            origins[i] = tokenStarts[i] + first;
            starts[i + 1] = starts[i] + count;
        }

        Starts = starts[..(batch.Count + 1)];
        Origins = origins[..batch.Count];
    }

    /// <summary>Row of each example's first query, and the number of queries at the end.</summary>
    public ReadOnlySpan<int> Starts { get; }

    /// <summary>Row among all tokens of each example's first query.</summary>
    public ReadOnlySpan<int> Origins { get; }

    /// <summary>Queries of all examples: q.</summary>
    public int Count => Starts[^1];

    /// <summary>True where every token asks.</summary>
    public bool IsAll => Count == tokenStarts[^1];

    /// <summary>Position in its example of the first query.</summary>
    public int FirstPosition(int example) => Origins[example] - tokenStarts[example];

    /// <summary>Copies the queries of t rows to q rows; the two may be the same buffer.</summary>
    public void Gather(float* source, float* target, int width)
    {
        for (var i = 0; i < Origins.Length; i++)
        {
            Rows(source, Origins[i], Starts[i + 1] - Starts[i], width).CopyTo(
                Rows(target, Starts[i], Starts[i + 1] - Starts[i], width));
        }
    }

    /// <summary>Moves q rows to their places among t rows in the same buffer; the others become 0.</summary>
    public void Spread(float* rows, int width)
    {
        // From the last example: what is overwritten lies at or after it, and has been moved.
        for (var i = Origins.Length - 1; i >= 0; i--)
        {
            var count = Starts[i + 1] - Starts[i];
            var end = Origins[i] + count;
            Rows(rows, Starts[i], count, width).CopyTo(Rows(rows, Origins[i], count, width));
            Rows(rows, tokenStarts[i], Origins[i] - tokenStarts[i], width).Clear();
            Rows(rows, end, tokenStarts[i + 1] - end, width).Clear();
        }
    }

    private static Span<float> Rows(float* start, int row, int count, int width) =>
        new(start + ((long)row * width), checked(count * width));
}
