using System.Runtime.InteropServices;

namespace FedLowRank.Privacy.Sampling;

/// <summary>
/// Draws batches as the accountants assume: each record by itself with probability q, afresh in each step. Batches
/// differ in size and may be empty; an empty one is still a step and still gets noise.
/// </summary>
public sealed class PoissonSampler
{
    private const int Block = 512;

    private readonly IRandomSource random;
    private readonly bool everyRecord;
    private readonly ulong threshold;

    /// <summary>Creates a sampler.</summary>
    /// <param name="rate">q.</param>
    /// <param name="random">The operating system's cryptographic generator, except in tests.</param>
    public PoissonSampler(SamplingRate rate, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(rate);
        ArgumentNullException.ThrowIfNull(random);
        this.random = random;
        everyRecord = rate.Value >= 1;

        // Scaling by a power of two is exact and the cast rounds down: the true rate, threshold / 2^64, is at most q.
        threshold = everyRecord ? ulong.MaxValue : (ulong)Math.ScaleB(rate.Value, 64);
    }

    /// <summary>Draws one batch.</summary>
    /// <param name="recordCount">Records present; private, like the size of the batch.</param>
    /// <returns>Indices of the drawn records, ascending.</returns>
    public int[] Sample(int recordCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(recordCount);
        if (everyRecord)
        {
            return [.. Enumerable.Range(0, recordCount)];
        }

        var drawn = new List<int>();
        Span<ulong> draws = stackalloc ulong[Block];
        for (var start = 0; start < recordCount; start += Block)
        {
            var block = draws[..Math.Min(Block, recordCount - start)];
            random.Fill(MemoryMarshal.AsBytes(block));
            for (var i = 0; i < block.Length; i++)
            {
                if (block[i] < threshold)
                {
                    drawn.Add(start + i);
                }
            }
        }

        return [.. drawn];
    }
}
