namespace FedLowRank.Training.Engine;

/// <summary>
/// How a batch is cut into micro-batches: as few as the limits allow, a whole number for each worker, and all about as
/// long, so that no worker waits for another one's last.
/// </summary>
internal sealed class BatchPlan
{
    private int[] ends = new int[16];

    /// <summary>Number of micro-batches.</summary>
    public int Count { get; private set; }

    /// <summary>First example of a micro-batch and number of its examples.</summary>
    public (int Start, int Count) this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : ends[index - 1];
            return (start, ends[index] - start);
        }
    }

    /// <summary>Makes a new plan.</summary>
    /// <param name="examples">The batch.</param>
    /// <param name="workers">How many micro-batches run side by side.</param>
    /// <param name="tokensMax">Tokens of a micro-batch; a longer example goes alone.</param>
    /// <param name="countMax">Examples of a micro-batch, at least 1.</param>
    public void Cut(ReadOnlySpan<TokenizedExample> examples, int workers, int tokensMax, int countMax)
    {
        var total = 0L;
        foreach (var example in examples)
        {
            total += example.Tokens.Length;
        }

        var turns = (total + ((long)tokensMax * workers) - 1) / ((long)tokensMax * workers);
        var wanted = turns * workers;
        var (start, cut) = (0, 0L);
        for (Count = 0; start < examples.Length; Count++)
        {
            var target = total * Math.Min(Count + 1, wanted) / wanted;
            var (count, tokens) = (1, (long)examples[start].Tokens.Length);
            while (start + count < examples.Length && count < countMax)
            {
                var length = examples[start + count].Tokens.Length;
                if (tokens + length > tokensMax || cut + tokens + (length / 2) > target)
                {
                    break;
                }

                (count, tokens) = (count + 1, tokens + length);
            }

            (start, cut) = (start + count, cut + tokens);
            if (Count == ends.Length)
            {
                Array.Resize(ref ends, 2 * Count);
            }

            ends[Count] = start;
        }
    }
}
