using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Retention;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Hosting.Keeping;

/// <summary>What a run keeps in the blob store.</summary>
internal sealed class RunRoots(IBlobStore blobs, RetentionOptions options)
{
    private readonly CheckpointReader reader = new(blobs);

    /// <summary>All that is kept for a run as it is.</summary>
    /// <exception cref="CheckpointException">
    /// A checkpoint is damaged, or one is missing without which the run cannot go on.
    /// </exception>
    public async Task<IReadOnlyList<RetentionRoot>> OfAsync(RunState state, CancellationToken cancellationToken)
    {
        var roots = new List<RetentionRoot> { Loose(state) };
        foreach (var checkpoint in Needed(state).Distinct())
            roots.Add(await RootAsync(state, checkpoint, keepsUpdates: false, cancellationToken));

        var (first, firstWithUpdates) = (FirstKept(state, options.CheckpointRounds), FirstWithUpdates(state));
        for (var i = first; i < state.History.Count; i++)
        {
            var (start, result) = (state.History[i].Start, state.History[i].Result);
            if (result is not RoundResult.Completed { Checkpoint: var checkpoint }) continue;

            // Where less was kept before, what went then is not missed now; where all is kept, it is.
            if (options.CheckpointRounds is not null && !await IsThereAsync(checkpoint)) continue;
            var keepsUpdates = i >= firstWithUpdates &&
                (options.CheckpointRounds is null || await IsThereAsync(start));
            roots.Add(await RootAsync(state, checkpoint, keepsUpdates, cancellationToken));
        }

        return roots;

        async Task<bool> IsThereAsync(BlobHash blob) => await blobs.FindAsync(blob, cancellationToken) is not null;
    }

    private Task<RetentionRoot> RootAsync(
        RunState state, BlobHash checkpoint, bool keepsUpdates, CancellationToken cancellationToken) =>
        RetentionSweep.RootAsync(
            reader, $"checkpoint {checkpoint} of {state.Id}", checkpoint, keepsUpdates, cancellationToken);

    private static IEnumerable<BlobHash> Needed(RunState state)
    {
        yield return state.Origin.Checkpoint;
        yield return state.CheckpointOf(state.LastRound)!.Value;
        foreach (var order in state.Forks) yield return order.Origin.Checkpoint;
        if (state.Round is { Start: var start }) yield return start;
        if (state.Round is { Phase: RoundPhase.Evaluating phase }) yield return phase.Checkpoint;
    }

    /// <summary>What no manifest names, or none yet.</summary>
    private RetentionRoot Loose(RunState state)
    {
        var needed = state.History.Skip(FirstWithUpdates(state))
            .SelectMany(report => report.Agents.SelectMany(UpdateOf)).ToHashSet();
        if (state.Round is { } round)
        {
            needed.UnionWith(round.Roster.SelectMany(UpdateOf));
            if (round.Phase is RoundPhase.Working { Work: var work })
            {
                needed.UnionWith(work.Frozen.SelectMany(update => update.Blobs()));
                needed.UnionWith(work.Sums.Concat(work.Parts).Concat(work.Manifest)
                    .Select(slot => slot.Result).OfType<BlobHash>());
            }
        }

        return new($"rounds of {state.Id}", needed.ToValueList(), Entries: []);
    }

    private int FirstWithUpdates(RunState state) =>
        Math.Max(FirstKept(state, options.CheckpointRounds), FirstKept(state, options.UpdateRounds));

    /// <summary>
    /// Index in the history of the first attempt of which something is kept. Attempts count in the order in which they
    /// ended, whatever a rollback superseded: so what has gone is never wanted again.
    /// </summary>
    private static int FirstKept(RunState state, int? rounds)
    {
        if (rounds is not { } left) return 0;
        for (var i = state.History.Count - 1; i >= 0; i--)
            if (state.History[i].Result is RoundResult.Completed && --left == 0) return i;
        return 0;
    }

    /// <summary>An update that was kept out of the sum stays as evidence.</summary>
    private static IEnumerable<BlobHash> UpdateOf(RosterEntry entry) => entry.Standing switch
    {
        Standing.Delivered { Sections: { } sections } delivered => [delivered.Update, sections],
        Standing.Delivered delivered => [delivered.Update],
        Standing.Quarantined quarantined => [quarantined.Update],
        _ => [],
    };
}
