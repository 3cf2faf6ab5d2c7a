namespace FedLowRank.Federation.Storage.Journals;

/// <summary>
/// Named streams of small, opaque entries, numbered 1, 2, 3 ... without a gap, each with at most one snapshot.
/// </summary>
/// <remarks>
/// What a method has answered is on the disk. What was stored is returned unchanged or a
/// <see cref="JournalException"/> tells that it is <see cref="JournalError.Damaged"/>. An append that threw, whatever
/// the reason, may have happened: the caller reads the stream again before it goes on. All methods may be called at
/// once from many threads.
/// </remarks>
public interface IJournal : IAsyncDisposable
{
    /// <summary>Appends all of <paramref name="entries"/>, or none of them.</summary>
    /// <param name="stream">Begins with its first append.</param>
    /// <param name="expectedLast">Number of the last entry as the caller knows it; 0 for a new stream.</param>
    /// <param name="entries">At least one, in their order.</param>
    /// <param name="cancellationToken">Heeded until the writing begins.</param>
    /// <returns>Their numbers, or the true last number where another writer was first.</returns>
    /// <exception cref="JournalException">An entry or all of them exceed the limits, or the store failed.</exception>
    Task<AppendResult> AppendAsync(
        StreamName stream,
        long expectedLast,
        IReadOnlyList<ReadOnlyMemory<byte>> entries,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// The entries from <paramref name="first"/> to the last one there is when the reading begins; none where that is
    /// lower.
    /// </summary>
    /// <exception cref="JournalException">
    /// <see cref="JournalError.Gone"/>: an entry asked for is pruned, or the stream is deleted meanwhile.
    /// </exception>
    IAsyncEnumerable<JournalEntry> ReadAsync(
        StreamName stream, long first, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the snapshot by that of the stream's state after entry <paramref name="number"/>, unless the one that
    /// is there is newer.
    /// </summary>
    Task<SnapshotResult> SaveSnapshotAsync(
        StreamName stream, long number, ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default);

    /// <summary>The newest snapshot; null where there is none.</summary>
    Task<JournalSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken = default);

    /// <summary>Removes the entries up to <paramref name="through"/>, but none after the snapshot.</summary>
    Task PruneAsync(StreamName stream, long through, CancellationToken cancellationToken = default);

    /// <summary>What is known of a stream; null where there is none of that name.</summary>
    Task<StreamSummary?> FindAsync(StreamName stream, CancellationToken cancellationToken = default);

    /// <summary>The streams whose names begin with <paramref name="prefix"/>, in ordinal order.</summary>
    /// <param name="prefix">Empty for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    Task<IReadOnlyList<StreamSummary>> ListAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Removes a stream with its entries and its snapshot. One that is not there is no error.</summary>
    Task DeleteAsync(StreamName stream, CancellationToken cancellationToken = default);
}
