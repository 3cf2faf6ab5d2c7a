namespace FedLowRank.Federation.Storage.Journals;

/// <summary>A stream's state after one of its entries.</summary>
/// <param name="number">Of the entry.</param>
/// <param name="state">What was saved.</param>
public sealed class JournalSnapshot(long number, ReadOnlyMemory<byte> state)
{
    /// <summary>Number of the last entry that the state has in it.</summary>
    public long Number { get; } = number;

    /// <summary>What was saved.</summary>
    public ReadOnlyMemory<byte> State { get; } = state;
}
