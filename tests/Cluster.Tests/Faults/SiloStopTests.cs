using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults;

/// <summary>SIGTERM: a silo hands over what it does, and leaves with exit code 0.</summary>
[Collection(SilosTogether.Name)]
public sealed class SiloStopTests(SiloWorldFixture fixture)
{
    private const string Seen = "exit 0; same attempt goes on, 3 of 3 updates counted once";

    private readonly SiloWorld world = fixture.World;

    [Fact]
    public async Task The_silo_of_a_run_drains_while_agents_train()
    {
        var round = await world.BeginTrainingAsync("step-3");
        var host = world.Host;
        Assert.Equal(0, await host.Process.TerminateAsync());
        world.Release();
        var seconds = await world.GoesOnAsync(round);
        await host.StartAsync();
        FaultTable.Add("silo of the run, SIGTERM", "collecting: while all train", Seen, seconds);
    }

    [Theory]
    [InlineData("before-aggregate", "aggregating: while it sums")]
    [InlineData("before-checkpoint", "checkpointing: while it writes the checkpoint")]
    public async Task The_silo_of_an_aggregator_drains(string place, string when)
    {
        var (silo, round) = await world.BeginUntilAsync(place, world.Silos);
        var leaving = silo.Process.TerminateAsync();
        world.Disarm();
        Assert.Equal(0, await leaving);
        var seconds = await world.GoesOnAsync(round);
        await silo.StartAsync();
        FaultTable.Add("silo of an aggregator, SIGTERM", when, Seen, seconds);
    }

    /// <summary>As in a rolling upgrade: every silo is another process in the end, and no agent has noticed.</summary>
    [Fact]
    public async Task Silos_are_replaced_one_after_the_other_while_agents_train()
    {
        var round = await world.BeginTrainingAsync("step-3");
        foreach (var silo in world.Silos)
        {
            Assert.Equal(0, await silo.Process.TerminateAsync());
            await silo.StartAsync();
        }

        world.Release();
        FaultTable.Add(
            "all silos, replaced one after the other", "collecting: while all train", Seen,
            await world.GoesOnAsync(round));
    }
}
