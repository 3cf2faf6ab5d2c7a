using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Training.Local;

/// <summary>Repeatable orders from a public seed.</summary>
public static class SeededOrder
{
    /// <summary>Fisher-Yates shuffle in place. The bias of the 64-bit multiplication is below n / 2^64.</summary>
    public static void Shuffle<T>(Span<T> items, SeededSequence random)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = (int)Math.BigMul(random.NextBits(), (ulong)last + 1, out _);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
