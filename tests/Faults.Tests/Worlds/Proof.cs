using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>
/// That nothing was lost and nothing counted twice, from what server and agents left on their disks. Read by this
/// process, which was never the server.
/// </summary>
internal static class Proof
{
    private static readonly RdpAccountant Accountant = new();

    /// <summary>Of a stopped server and its agents.</summary>
    /// <param name="world">The server must not run.</param>
    /// <param name="journal">What it has left.</param>
    /// <param name="seen">The run as the server showed it last.</param>
    public static async Task CheckAsync(SiteWorld world, IJournal journal, RunState seen)
    {
        var (state, receipts) = await ReplayJournalAsync(journal);
        Assert.Equal(RunJson.Write(seen with { Clock = state.Clock, Agents = state.Agents }), RunJson.Write(state));
        var frozen = await ReplayCheckpointsAsync(world, state);
        CheckSums(state, receipts, frozen);
        foreach (var site in world.Sites) CheckLedger(site, state, frozen);
    }

    /// <summary>The pure machine on what the journal holds, from its first entry on, without a snapshot.</summary>
    private static async Task<(RunState State, IReadOnlyList<UpdateReceipt> Receipts)> ReplayJournalAsync(
        IJournal journal)
    {
        RunState? state = null;
        var receipts = new HashSet<UpdateReceipt>();
        await foreach (var entry in journal.ReadAsync(new($"runs/{SiteWorld.Run}"), first: 1))
        {
            if (state is null)
            {
                state = RunJson.ReadState(entry.Payload.Span);
                continue;
            }

            var transition = RunMachine.Apply(state, RunJson.ReadEvent(entry.Payload.Span));
            if (transition.Answer is Answer.Received { Receipt: var receipt }) receipts.Add(receipt);
            state = transition.State;
        }

        return (state!, [.. receipts]);
    }

    /// <summary>Every checkpoint computed anew from its updates: the same bits.</summary>
    /// <returns>The manifests of the rounds.</returns>
    private static async Task<IReadOnlyList<CheckpointManifest>> ReplayCheckpointsAsync(SiteWorld world, RunState state)
    {
        var blobs = FileBlobStore.Open(world.BlobFolder);
        var last = state.CheckpointOf(state.LastRound)!;
        var chain = await RunReplay.ChainAsync(blobs, last.Value);
        var replayed = await RunReplay.CheckAsync(blobs, chain, world.Folder);
        Assert.True(replayed.IsFaultless, string.Join('\n', replayed.Steps));
        Assert.Equal(state.LastRound + 1, replayed.Steps.Count);
        Assert.Equal(
            Enumerable.Range(0, state.LastRound + 1).Select(number => state.CheckpointOf(number)!.Value), chain);
        var reader = new CheckpointReader(blobs);
        var manifests = new List<CheckpointManifest>();
        foreach (var hash in chain.Skip(1)) manifests.Add(await reader.ReadManifestAsync(hash));
        return manifests;
    }

    /// <summary>Each round's sum holds exactly the updates that were acknowledged for it, each agent once.</summary>
    private static void CheckSums(
        RunState state, IReadOnlyList<UpdateReceipt> receipts, IReadOnlyList<CheckpointManifest> frozen)
    {
        foreach (var manifest in frozen)
        {
            var number = manifest.Round!.Number;
            var report = state.History.Single(report => report.Id == manifest.Round);
            var delivered = report.Agents.Where(agent => agent.Standing is Standing.Delivered)
                .Select(agent => (agent.Agent, ((Standing.Delivered)agent.Standing).Update)).ToHashSet();
            Assert.Equal(delivered.Count, manifest.Updates.Count);
            Assert.Equal(delivered, manifest.Updates.Select(update => (update.Agent, update.Update)).ToHashSet());
            Assert.Equal(
                delivered,
                receipts.Where(receipt => receipt.Round.Number == number)
                    .Select(receipt => (receipt.Agent, receipt.Update)).ToHashSet());
            Assert.Distinct(manifest.Updates.Select(update => update.Agent));
        }
    }

    /// <summary>What an agent has on its disk against what the server knows.</summary>
    private static void CheckLedger(Site site, RunState state, IReadOnlyList<CheckpointManifest> frozen)
    {
        var records = site.Ledger;
        Assert.Distinct(records.OfType<LedgerRecord.Reserved>().Select(reserved => reserved.Round));
        Assert.Empty(Spending.Unsettled(records));
        var sent = records.OfType<LedgerRecord.Sent>().Select(sent => (sent.Number, sent.Update)).ToHashSet();
        var counted = frozen.SelectMany(manifest => manifest.Updates
            .Where(update => update.Agent == site.Agent).Select(update => (manifest.Round!.Number, update.Update)));
        Assert.Equal(sent, counted.ToHashSet());

        // The server knows of fewer charges than there were, or of all: what it computes is a lower bound.
        var plan = state.Plan.Round;
        var known = state.History
            .Where(report => report.Agents.Any(agent => agent.Agent == site.Agent && IsSpent(agent.Standing)))
            .Select(report => report.Id).Distinct().Count();
        var lowest = Accountant.Epsilon(
            [new MechanismEvent(plan.SamplingRate, plan.Privacy!.NoiseMultiplier, (long)known * plan.LocalSteps)],
            plan.Privacy.Delta);
        Assert.True(known > 0);
        Assert.InRange(new Spending(Accountant).Epsilon(records, plan.Privacy.Delta), lowest, 50);
    }

    private static bool IsSpent(Standing standing) =>
        standing is Standing.Delivered or Standing.Lost or Standing.NoUpdate or Standing.Late or Standing.Quarantined;
}
