using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults;

/// <summary>The silo that hosts the run is cut off from the others: a cable is pulled, and nobody is told.</summary>
[Collection(nameof(PartitionTests))]
[CollectionDefinition(nameof(PartitionTests), DisableParallelization = true)]
public sealed class PartitionTests
{
    [Fact]
    public async Task A_silo_that_is_cut_off_is_replaced_and_no_entry_is_stored_by_both_sides()
    {
        await using var world = await SiloWorld.StartAsync(new() { Island = await Island.OpenAsync() });
        Assert.SkipWhen(world is null, "no PostgreSQL server under /usr/lib/postgresql; install Debian's postgresql");

        await PullAsync(world, world.Island, "which reaches the database");

        var silo = world.Silos[0];
        silo.Config = world.RemoteConfig;
        await silo.StartAsync();
        await PullAsync(world, world.Island, "which does not reach the database either");

        await silo.StartAsync();
        await world.CloseAsync();
    }

    private static async Task PullAsync(SiloWorld world, Island cable, string how)
    {
        var silo = world.Silos[0];
        await world.MoveRunAsync(silo);
        var round = await world.BeginTrainingAsync("step-3");
        Assert.Same(silo, world.Host);
        await cable.CutAsync();
        world.Release();
        var seconds = await world.GoesOnAsync(round);

        Assert.NotSame(silo, world.Host);
        var (first, last) = (world.Host.Stored[0], silo.Stored[^1]);
        Assert.True(last < first, $"the silo that was cut off has stored up to {last}, its successor from {first}");
        var seen = silo.Process.IsAlive ? "ended when it heard that it counts as dead" : "had ended by itself";
        await cable.MendAsync();
        Assert.NotEqual(0, await silo.Process.EndAsync());
        FaultTable.Add(
            $"cable of the silo of the run, {how}", "collecting: while all train",
            $"same attempt goes on, 3 of 3 updates counted once; the silo {seen}, and stored nothing after", seconds);
    }
}
