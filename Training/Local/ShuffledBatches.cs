using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Training.Local;

/// <summary>
/// Batches of equal size from a shuffled order of the examples. What is left at the end of an order and makes no whole
/// batch begins the next one's, so that every example is seen equally often, to within one.
/// </summary>
internal sealed class ShuffledBatches(int exampleCount, int batch, SeededSequence random)
{
    private readonly int[] order = [.. Enumerable.Range(0, exampleCount)];
    private readonly int[] indices = new int[batch];
    private int used = exampleCount;

    /// <summary>The next batch; valid until the next call.</summary>
    public ReadOnlySpan<int> Next()
    {
        for (var i = 0; i < indices.Length; i++)
        {
            if (used == order.Length)
            {
                Shuffle();
            }

            indices[i] = order[used++];
        }

        return indices;
    }

    private void Shuffle()
    {
        SeededOrder.Shuffle(order.AsSpan(), random);
        used = 0;
    }
}
