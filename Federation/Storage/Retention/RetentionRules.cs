using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Storage.Retention;

/// <summary>Which blobs and entries may go, as a pure function of what is there and what is kept.</summary>
/// <remarks>
/// The shell lists the blobs and streams first and gathers the roots after that: what a root gained in between is then
/// either not listed or needed. It hands <see cref="IBlobStore.DeleteAsync"/> the moment "now - grace", so that a blob
/// stored again meanwhile stays; and no run is forked from a checkpoint while the last that needs it goes.
/// </remarks>
public static class RetentionRules
{
    /// <summary>Never names what a root needs, nor a blob within its grace, nor an entry after a snapshot.</summary>
    /// <param name="blobs">All that are there.</param>
    /// <param name="streams">All that are there.</param>
    /// <param name="roots">All that is kept.</param>
    /// <param name="policy">For the rest.</param>
    /// <param name="now">The server's clock. A blob from its future is young.</param>
    public static RetentionPlan Plan(
        IReadOnlyCollection<StoredBlob> blobs,
        IReadOnlyCollection<StreamSummary> streams,
        IReadOnlyCollection<RetentionRoot> roots,
        RetentionPolicy policy,
        DateTimeOffset now)
    {
        if (policy.BlobGrace < TimeSpan.Zero)
            throw new ArgumentException($"a grace of {policy.BlobGrace}, at least 0", nameof(policy));
        if (policy.EntriesKept < 0)
            throw new ArgumentException($"{policy.EntriesKept} entries kept, at least 0", nameof(policy));

        var needed = roots.SelectMany(root => root.Blobs).ToHashSet();
        var there = blobs.Select(blob => blob.Hash).ToHashSet();
        var firstNeeded = roots.SelectMany(root => root.Entries)
            .GroupBy(entries => entries.Stream)
            .ToDictionary(group => group.Key, group => group.Min(entries => entries.First));
        return new(
            [.. blobs.Where(blob => !needed.Contains(blob.Hash) && now - blob.StoredAt >= policy.BlobGrace)],
            [.. streams.Select(stream => Prunable(stream, firstNeeded, policy)).OfType<PrunableEntries>()],
            [.. roots.SelectMany(root => root.Blobs
                .Where(hash => !there.Contains(hash)).Distinct().Select(hash => new MissingBlob(root.Name, hash)))]);
    }

    private static PrunableEntries? Prunable(
        StreamSummary stream, Dictionary<StreamName, long> firstNeeded, RetentionPolicy policy)
    {
        if (stream.Snapshot is not { } snapshot || policy.EntriesKept is not { } kept) return null;
        var through = snapshot - kept;
        if (firstNeeded.TryGetValue(stream.Name, out var first)) through = Math.Min(through, first - 1);
        return through >= stream.First ? new(stream.Name, through) : null;
    }
}
