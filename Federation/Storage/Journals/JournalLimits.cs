namespace FedLowRank.Federation.Storage.Journals;

/// <summary>What a journal takes. Large things are blobs, and the journal holds their hashes.</summary>
public sealed record JournalLimits
{
    /// <summary>Most bytes of one entry.</summary>
    public int EntryBytesMax { get; init; } = 1 << 20;

    /// <summary>Most bytes of the entries of one append together.</summary>
    public int AppendBytesMax { get; init; } = 16 << 20;

    /// <summary>Most bytes of a snapshot.</summary>
    public int SnapshotBytesMax { get; init; } = 64 << 20;

    internal void CheckAppend(
        StreamName stream, long expectedLast, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expectedLast);
        if (entries.Count == 0) throw new ArgumentException("an append needs an entry", nameof(entries));
        long total = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            Check($"entry {i} of the append to '{stream}'", entries[i].Length, EntryBytesMax);
            total += entries[i].Length;
        }

        Check($"the append to '{stream}'", total, AppendBytesMax);
    }

    internal void CheckSnapshot(StreamName stream, long number, ReadOnlyMemory<byte> state)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        Check($"the snapshot of '{stream}'", state.Length, SnapshotBytesMax);
    }

    private static void Check(string what, long bytes, int bytesMax)
    {
        if (bytes > bytesMax)
            throw new JournalException(JournalError.TooLarge, $"{what} has {bytes} bytes, at most {bytesMax}");
    }
}
