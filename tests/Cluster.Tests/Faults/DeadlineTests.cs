using System.Globalization;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults;

/// <summary>A silo's death delays no deadline by more than the cluster needs to notice it.</summary>
[Collection(nameof(DeadlineTests))]
[CollectionDefinition(nameof(DeadlineTests), DisableParallelization = true)]
public sealed class DeadlineTests
{
    private const int CollectingSeconds = 30;

    // As silos are told by default.
    private static readonly TimeSpan Detection = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_round_closes_at_its_deadline_though_the_silo_of_its_run_was_killed_shortly_before()
    {
        await using var world = await SiloWorld.StartAsync(
            new() { Run = new() { Quorum = 2, CollectingSeconds = CollectingSeconds } });
        Assert.SkipWhen(world is null, "no PostgreSQL server under /usr/lib/postgresql; install Debian's postgresql");

        // One trains for ever: nothing is stored from the second update on, and the round waits for its deadline.
        world.North.Arm("step-2", FaultPoint.Wait);
        var round = await world.BeginAsync();
        var waiting = await world.UntilAsync(state =>
            state.Round?.Roster.Count(entry => entry.Standing is Standing.Delivered) == 2);
        var deadline = RunMachine.NextDeadline(waiting)!.Value;
        var host = world.Host;
        var wait = deadline - Before - DateTimeOffset.UtcNow;
        Assert.True(wait > TimeSpan.Zero, $"two updates came only {Before - wait} before the deadline");
        await Task.Delay(wait, TestContext.Current.CancellationToken);
        await host.Process.KillAsync();

        await world.UntilAsync(state => state.Round?.Phase.Stage is not RoundStage.Collecting);
        var late = DateTimeOffset.UtcNow - deadline;
        Assert.InRange(late, TimeSpan.Zero, 2 * Detection);
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.Equal(2, report.Agents.Count(agent => agent.Standing is Standing.Delivered));
        world.Release();

        // It hears that the round is over in the middle of its training, or when it offers its update.
        var north = world.North.Process;
        await await Task.WhenAny(north.LineAsync("spent and lost"), north.LineAsync("came to nothing"));
        await host.StartAsync();
        await world.CloseAsync();
        FaultTable.Add(
            "silo of the run", "collecting: 2 s before the deadline",
            string.Create(
                CultureInfo.InvariantCulture, $"closes with 2 of 3, {late.TotalSeconds:0.0} s after its deadline"),
            late.TotalSeconds);
    }
}
