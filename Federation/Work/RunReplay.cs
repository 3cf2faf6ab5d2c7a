using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;

namespace FedLowRank.Federation.Work;

/// <summary>
/// Computes checkpoints anew from the updates that their manifests name, and compares. The store that is checked is
/// only read.
/// </summary>
public static class RunReplay
{
    /// <summary>The checkpoints that lead to one, oldest first: its own last, a run's start first.</summary>
    /// <exception cref="CheckpointException">A manifest is missing or damaged.</exception>
    public static async Task<IReadOnlyList<BlobHash>> ChainAsync(
        IBlobStore blobs, BlobHash last, CancellationToken cancellationToken = default)
    {
        var reader = new CheckpointReader(blobs);
        var chain = new List<BlobHash>();
        for (BlobHash? next = last; next is { } hash;)
        {
            chain.Add(hash);
            next = (await reader.ReadManifestAsync(hash, cancellationToken)).Start;
        }

        chain.Reverse();
        return chain;
    }

    /// <summary>
    /// Replays checkpoints one by one, each from its start as recorded, so that one fault hides no other.
    /// </summary>
    /// <param name="blobs">The store to check.</param>
    /// <param name="checkpoints">
    /// Manifests; the start of each must come before it. Of several attempts and branches there may be all.
    /// </param>
    /// <param name="scratchFolder">
    /// An existing folder for what is computed, with room for two adapters; emptied of it at the end.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="WorkException">The scratch folder's disk is full or fails.</exception>
    public static async Task<ReplayReport> CheckAsync(
        IBlobStore blobs, IEnumerable<BlobHash> checkpoints, string scratchFolder,
        CancellationToken cancellationToken = default)
    {
        var steps = new List<ReplayStep>();
        var before = new HashSet<BlobHash>();
        foreach (var checkpoint in checkpoints)
        {
            var folder = Path.Combine(scratchFolder, $"replay-{Guid.NewGuid():N}");
            try
            {
                var scratch = new ScratchBlobs(blobs, FileBlobStore.Open(folder));
                steps.Add(await StepAsync(scratch, checkpoint, before, cancellationToken));
            }
            finally
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            }

            before.Add(checkpoint);
        }

        return new(steps.ToValueList());
    }

    private static async Task<ReplayStep> StepAsync(
        ScratchBlobs blobs, BlobHash checkpoint, HashSet<BlobHash> before, CancellationToken cancellationToken)
    {
        CheckpointManifest? manifest = null;
        string? fault;
        try
        {
            var reader = new CheckpointReader(blobs);
            manifest = await reader.ReadManifestAsync(checkpoint, cancellationToken);

            // As recorded, before there is anything else of the same hash.
            await reader.CheckPartsAsync(manifest, cancellationToken);
            fault = await FaultAsync(blobs, checkpoint, manifest, before, cancellationToken);
        }
        catch (Exception error) when (error is WorkException or CheckpointException && !IsOfScratch(error))
        {
            fault = error.Message;
        }

        return new(checkpoint, manifest?.Run, manifest?.Round, fault);
    }

    // Only the scratch is written; its full disk says nothing about the checkpoint.
    private static bool IsOfScratch(Exception error) =>
        error.InnerException is BlobException { Error: BlobError.DiskFull or BlobError.Unavailable };

    private static async Task<string?> FaultAsync(
        ScratchBlobs blobs, BlobHash checkpoint, CheckpointManifest manifest, HashSet<BlobHash> before,
        CancellationToken cancellationToken)
    {
        var work = new RoundWork(blobs);
        var (run, plan) = (manifest.Run, manifest.Plan);
        BlobHash replayed;
        if (manifest is { Round: { } round, Start: { } start })
        {
            if (!before.Contains(start)) return $"its start {start} does not come before it";
            await SectionsCheck.RequireAsync(blobs, manifest, start, round, cancellationToken);
            var parts = new List<BlobHash>();
            for (var shard = 0; shard < plan.Shards.Count; shard++)
            {
                var sum = await work.AggregateAsync(
                    plan, new(round, shard, Try: 1, manifest.Updates), start, cancellationToken);
                var part = await work.RefreshAsync(plan, new(round, shard, Try: 1, start, sum), cancellationToken);
                if (shard < manifest.Parts.Count && part != manifest.Parts[shard])
                {
                    return $"shard {plan.Shards[shard].Name} is recorded as {manifest.Parts[shard]}; " +
                        $"it comes out as {part}";
                }

                parts.Add(part);
            }

            replayed = await work.WriteCheckpointAsync(
                run, plan, new(round, Try: 1, start, manifest.Updates, parts.ToValueList()), cancellationToken);
        }
        else if (manifest is { Round: null, Start: null, Parts.Count: 1 })
        {
            replayed = await work.WriteStartAsync(run, plan, manifest.Parts[0], cancellationToken);
        }
        else
        {
            return "it is neither a start, with one part alone, nor a round, with a start";
        }

        return replayed == checkpoint ? null : $"it comes out as {replayed}";
    }
}
