using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults;

/// <summary>SIGKILL of the silo that does a thing, of several at once, and one that is frozen and comes back.</summary>
[Collection(SilosTogether.Name)]
public sealed class SiloKillTests(SiloWorldFixture fixture)
{
    private const string GoesOn = "same attempt goes on, 3 of 3 updates counted once";
    private const string Training = "step-3";

    private readonly SiloWorld world = fixture.World;

    [Theory]
    [InlineData("before-agent-joined", "selecting: an agent's yes is not stored yet")]
    [InlineData("before-update-submitted", "collecting: the update is a blob, the run does not know of it")]
    [InlineData("after-update-submitted", "collecting: the receipt is durable, the agent does not have it")]
    [InlineData("before-shard-done", "aggregating: a sum is not stored yet")]
    [InlineData("before-shard-refreshed", "refreshing: a refreshed shard is not stored yet")]
    [InlineData("before-checkpoint-written", "checkpointing: the checkpoint is not stored yet")]
    public Task A_run_goes_on_when_its_silo_is_killed(string place, string when) =>
        KillAtAsync(place, "silo of the run", when);

    [Theory]
    [InlineData("before-aggregate", "aggregating: before a shard is summed")]
    [InlineData("after-aggregate", "aggregating: after a shard is summed")]
    [InlineData("before-refresh", "refreshing: before a shard is refreshed")]
    [InlineData("after-checkpoint", "checkpointing: after the checkpoint is written")]
    public Task Work_goes_on_when_its_silo_is_killed(string place, string when) =>
        KillAtAsync(place, "silo of an aggregator", when);

    [Fact]
    public async Task Two_of_three_silos_killed_at_once_leave_one_that_goes_on()
    {
        var round = await world.BeginTrainingAsync(Training);
        var host = world.Host;
        var dead = world.Silos.OrderByDescending(silo => silo == host).Take(2).ToList();
        await Task.WhenAll(dead.Select(silo => silo.Process.KillAsync()));
        world.Release();
        var seconds = await world.GoesOnAsync(round);
        await Task.WhenAll(dead.Select(silo => silo.StartAsync()));
        FaultTable.Add("two silos of three", "collecting: while all train", GoesOn, seconds);
    }

    [Fact]
    public async Task All_silos_killed_at_once_and_started_again_have_lost_nothing()
    {
        var round = await world.BeginTrainingAsync(Training);
        await Task.WhenAll(world.Silos.Select(silo => silo.Process.KillAsync()));
        world.Release();
        await Task.WhenAll(world.Silos.Select(silo => silo.StartAsync()));
        FaultTable.Add(
            "all silos, started again", "collecting: while all train", GoesOn, await world.GoesOnAsync(round));
    }

    /// <summary>As when its machine stands still: its memory says that it hosts the run, which others host by then.
    /// </summary>
    [Fact]
    public async Task A_frozen_silo_that_comes_back_stores_nothing_and_ends()
    {
        var host = world.Host;
        host.Hold("before-update-submitted");
        var mark = host.Process.Mark;
        var round = await world.BeginAsync();
        Assert.Same(host, world.Host);
        await host.Process.LineAsync("waiting at before-update-submitted", mark);
        await host.Process.SignalAsync("STOP");
        host.Release();
        var seconds = await world.GoesOnAsync(round);
        var (stored, last) = (host.Stored.Count, world.Host.Stored[^1]);
        Assert.NotSame(host, world.Host);

        await host.Process.SignalAsync("CONT");
        Assert.NotEqual(0, await host.Process.EndAsync());
        Assert.Equal(stored, host.Stored.Count);
        Assert.True(host.Stored[^1] < last);
        var seen = host.Process.Output.Contains("overtaken", StringComparison.Ordinal)
            ? "its append was refused, and it ended"
            : "it ended before it could try to append";
        await host.StartAsync();
        FaultTable.Add(
            "silo of the run, frozen (SIGSTOP) and continued", "collecting: about to store a receipt",
            $"{GoesOn}; when it came back {seen}", seconds);
    }

    private async Task KillAtAsync(string place, string what, string when)
    {
        world.Arm(place);
        var round = await world.BeginAsync();
        var dead = await world.DeathAsync();
        var seconds = await world.GoesOnAsync(round);
        await dead.StartAsync();
        FaultTable.Add(what, when, GoesOn, seconds);
    }
}
