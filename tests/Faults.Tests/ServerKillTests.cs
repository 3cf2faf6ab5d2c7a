using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>SIGKILL of the server at every stage of a round, while its agents live on.</summary>
/// <remarks>Alone, as it measures how long a server takes to come back.</remarks>
[Collection(nameof(ServerKillTests))]
[CollectionDefinition(nameof(ServerKillTests), DisableParallelization = true)]
public sealed class ServerKillTests
{
    private static readonly (string Place, string When)[] Deaths =
    [
        ("upload-half", "an upload is half written"),
        ("before-upload-complete", "an upload is whole, before it is a blob"),
        ("after-upload-complete", "after the update is a blob"),
        ("before-update-submitted", "before the receipt: the update is a blob, the run does not know of it"),
        ("after-update-submitted", "after the receipt is durable, before the agent has it"),
        ("before-aggregate", "before a shard is summed"),
        ("after-aggregate", "after a shard is summed"),
        ("before-shard-done", "before the sum is in the journal"),
        ("after-shard-done", "after the sum is in the journal"),
        ("before-refresh", "before a shard is refreshed"),
        ("after-refresh", "after a shard is refreshed"),
        ("before-checkpoint", "before the checkpoint is written"),
        ("after-checkpoint", "after the checkpoint is written"),
        ("before-checkpoint-written", "before the checkpoint is in the journal"),
        ("after-checkpoint-written", "after the checkpoint is in the journal"),
    ];

    private const double RecoverySecondsMax = 5;

    [Fact]
    public async Task A_killed_server_loses_nothing_counts_nothing_twice_and_gives_the_same_checkpoints()
    {
        await using var world = await World.StartAsync(new() { Rounds = Deaths.Length + 1, Quorum = 3 });
        var recoveries = new List<double>();
        for (var round = 1; round <= Deaths.Length; round++)
        {
            var (place, when) = Deaths[round - 1];
            world.Arm(place);
            Assert.Equal(round, await world.BeginAsync());
            Assert.Equal(137, await world.Server.EndAsync());
            recoveries.Add(await world.RecoverAsync());
            var report = Assert.Single(await world.UntilDoneAsync(round));
            Assert.All(report.Agents, agent => Assert.IsType<Standing.Delivered>(agent.Standing));
            Assert.Equal(3, report.Agents.Count);
            FaultTable.Add("server", when, "same attempt goes on, 3 of 3 updates counted once", recoveries[^1]);
        }

        await world.BeginAsync();
        await world.UntilDoneAsync(Deaths.Length + 1);
        Assert.IsType<RunStatus.Completed>((await world.StateAsync()).Status);
        await world.CloseAsync();

        // The agents' own pauses are in it. What else the machine does at the time is no fault of the server, so the
        // quicker ones are judged, and all of them are in the table.
        recoveries.Sort();
        Assert.InRange(recoveries[recoveries.Count / 4], 0, RecoverySecondsMax);
        FaultTable.Add(
            "server", "15 kills in one run",
            "every checkpoint replays to the same hash, the journal to the same state; the audit chain holds; slowest:",
            recoveries[^1]);
    }
}
