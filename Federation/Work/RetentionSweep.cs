using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Retention;

namespace FedLowRank.Federation.Work;

/// <summary>Deletes the blobs that <see cref="RetentionRules"/> let go.</summary>
/// <param name="blobs">Where from.</param>
/// <param name="time">The clock by which the store stamps its blobs.</param>
public sealed class RetentionSweep(IBlobStore blobs, TimeProvider time)
{
    /// <summary>What a checkpoint that is kept needs.</summary>
    /// <param name="reader">Of the same blobs.</param>
    /// <param name="name">For people.</param>
    /// <param name="checkpoint">Its manifest.</param>
    /// <param name="keepsUpdates">
    /// Whether it can be replayed later (<see cref="RunReplay"/>): then its updates, and the checkpoint that it started
    /// from, stay too. To resume, fork or export, they need not.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CheckpointException">
    /// A manifest is missing or damaged, so that nobody knows what it needs.
    /// </exception>
    public static async Task<RetentionRoot> RootAsync(
        CheckpointReader reader, string name, BlobHash checkpoint, bool keepsUpdates,
        CancellationToken cancellationToken = default)
    {
        var manifest = await reader.ReadManifestAsync(checkpoint, cancellationToken);
        var needed = new List<BlobHash> { checkpoint };
        needed.AddRange(manifest.Parts);
        if (keepsUpdates)
        {
            needed.AddRange(manifest.Updates.SelectMany(update => update.Blobs()));
            if (manifest.Start is { } start)
            {
                needed.Add(start);
                needed.AddRange((await reader.ReadManifestAsync(start, cancellationToken)).Parts);
            }
        }

        return new(name, needed.Distinct().ToValueList(), Entries: []);
    }

    /// <summary>Deletes what no root needs and was stored before the policy's grace began.</summary>
    /// <param name="gatherRoots">
    /// Gathers all that is kept, checkpoints and the blobs of rounds that are running. Called after the blobs were
    /// listed, so that what is needed only since then was not listed. Where it throws, nothing is deleted.
    /// </param>
    /// <param name="policy">How young a blob stays in any case.</param>
    /// <param name="cancellationToken">Stops between two blobs.</param>
    public async Task<SweepReport> RunAsync(
        Func<CancellationToken, Task<IReadOnlyCollection<RetentionRoot>>> gatherRoots, RetentionPolicy policy,
        CancellationToken cancellationToken = default)
    {
        // Before the listing, so that a blob that is stored again meanwhile is younger than the grace.
        var now = time.GetUtcNow();
        var there = new List<StoredBlob>();
        await foreach (var blob in blobs.ListAsync(cancellationToken)) there.Add(blob);
        var plan = RetentionRules.Plan(there, streams: [], await gatherRoots(cancellationToken), policy, now);
        var (count, bytes) = (0, 0L);
        foreach (var blob in plan.Blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!await blobs.DeleteAsync(blob.Hash, now - policy.BlobGrace, cancellationToken)) continue;
            count++;
            bytes += blob.SizeBytes;
        }

        return new(count, bytes, plan.Missing);
    }
}
