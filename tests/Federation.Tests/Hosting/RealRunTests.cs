using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Goal: the host, the screening of updates and the work on them give together what a replay gives. Method: the suite
/// that every implementation runs, with real updates of a small adapter and the real work.
/// </summary>
public sealed class RealRunTests : RunSuite
{
    [Fact]
    public async Task Every_checkpoint_of_a_run_with_crashes_and_a_rollback_comes_out_of_a_replay()
    {
        var done = await CompleteAsync(agentCount: 3);
        await AskAsync(new RunCommand.Rollback(1));
        await World.RestartAsync(isCrash: true);
        await ReconnectAsync();
        await AskAsync(new RunCommand.Resume());
        done = await UntilAsync(state => state.Status is RunStatus.Completed);

        var folder = ((SingleWorld)World).BlobFolder;
        BlobHash[] checkpoints = [done.Origin.Checkpoint, .. CheckpointsOf(done)];
        Assert.Equal(4, checkpoints.Length);
        var report = await RunReplay.CheckAsync(World.Blobs, checkpoints, folder, Token);
        Assert.All(report.Steps, step => Assert.Null(step.Fault));
        Assert.Equal(checkpoints, report.Steps.Select(step => step.Checkpoint));
        Assert.Equal(
            [done.Origin.Checkpoint, checkpoints[1], checkpoints[3]],
            await RunReplay.ChainAsync(World.Blobs, checkpoints[3], Token));
    }

    [Fact]
    public async Task A_fork_whose_plan_does_not_suit_its_checkpoint_is_refused_with_all_that_is_wrong()
    {
        await CompleteAsync(agentCount: 2);
        var plan = TestPlans.Of(2, rounds: 4);
        var bad = plan with
        {
            Round = plan.Round with { UpdateBytesMax = 10 },
            Shards = [plan.Shards[0], new LayerShard("high", ["layer.7"])],
        };
        var refused = await RefusedAsync<Refusal.BadPlan>(new RunCommand.Fork(1, new("fork"), Seed: 9, bad));
        string[] wrong = ["high names layer.7", "layer.1 of the adapter is in no shard", "updateBytesMax is 10"];
        Assert.All(wrong, each => Assert.Contains(each, refused.Message, StringComparison.Ordinal));

        var inner = plan with { Round = plan.Round with { Method = "fed-sb" } };
        refused = await RefusedAsync<Refusal.BadPlan>(new RunCommand.Fork(1, new("fork"), Seed: 9, inner));
        Assert.Contains("fed-sb", refused.Message, StringComparison.Ordinal);
        refused = await RefusedAsync<Refusal.BadPlan>(new RunCommand.Fork(2, new("fork"), Seed: 9, Plan: null));
        Assert.Contains("the start round is 2", refused.Message, StringComparison.Ordinal);
        Assert.Null(await Runs.FindAsync(new("fork"), Token));
        Assert.Equal(3, (await AuditedAsync()).Count(entry => entry == "run-fork Refused"));

        await AskAsync(new RunCommand.Fork(2, new("fork"), Seed: 9, plan));
        await UntilAsync(state => state.Forks.Count == 0);
        await AskAsync(new RunCommand.Start(), new("fork"));
        await UntilAsync(state => state.Status is RunStatus.Completed, new("fork"));
    }

    [Fact]
    public async Task From_a_checkpoint_that_is_damaged_or_gone_nothing_goes_on_and_obeyed_commands_stay_obeyed()
    {
        var done = await CompleteAsync(agentCount: 2);
        var rollback = new RunEvent.Asked(default, new("back"), "olga", new RunCommand.Rollback(1));
        Assert.IsType<Answer.Done>(await Runs.ApplyAsync(Run, rollback, Token));
        await World.Blobs.DeleteAsync(CheckpointsOf(done)[0], DateTimeOffset.MaxValue, Token);
        await RefusedAsync<Refusal.BadStart>(new RunCommand.Rollback(1));
        await RefusedAsync<Refusal.BadStart>(new RunCommand.Fork(1, new("fork"), Seed: 9, Plan: null));
        Assert.IsType<Answer.Done>(await Runs.ApplyAsync(Run, rollback, Token));
    }

    [Fact]
    public async Task What_a_run_does_is_counted_and_timed()
    {
        var seen = new ConcurrentDictionary<(string Instrument, string Tag), double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == InstrumentNames.Meter) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, 1, tags));
        listener.Start();
        var done = await CompleteAsync(agentCount: 2);

        // Other tests may run meanwhile, and are counted, too.
        var rounds = done.History.Count;
        Assert.InRange(seen[("fedlowrank.rounds", "completed")], rounds, double.MaxValue);
        foreach (var stage in (string[])["collecting", "aggregating", "refreshing", "checkpointing"])
            Assert.InRange(seen[("fedlowrank.round.phase.duration", stage)], rounds, double.MaxValue);
        foreach (var stage in (string[])["aggregating", "refreshing", "checkpointing"])
            Assert.InRange(seen[("fedlowrank.work.duration", stage)], rounds, double.MaxValue);
        Assert.InRange(seen[("fedlowrank.journal.entries", "")], 2 * rounds, double.MaxValue);
        Assert.InRange(seen[("fedlowrank.journal.commit.duration", "")], rounds, double.MaxValue);
        Assert.InRange(seen[("fedlowrank.aggregation.read", "")], 1, double.MaxValue);

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            seen.AddOrUpdate(
                (instrument.Name, tags.IsEmpty ? "" : (string)tags[0].Value!), value, (_, sum) => sum + value);
    }

    protected override async Task<FederationWorld> OpenAsync() => await SingleWorld.OpenAsync(isReal: true);

    private async Task<T> RefusedAsync<T>(RunCommand command)
        where T : Refusal
    {
        var asked = new RunEvent.Asked(default, new(Guid.NewGuid().ToString("N")), "olga", command);
        return Assert.IsType<T>(Assert.IsType<Answer.Refused>(await Runs.ApplyAsync(Run, asked, Token)).Refusal);
    }
}
