using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults;

/// <summary>SIGKILL of gateways while agents upload.</summary>
[Collection(SilosTogether.Name)]
public sealed class GatewayKillTests(SiloWorldFixture fixture)
{
    private readonly SiloWorld world = fixture.World;

    [Fact]
    public async Task Agents_of_a_killed_gateway_go_on_at_the_other()
    {
        var (gateway, round) = await world.BeginUntilAsync("upload-half", world.Gateways);
        await gateway.Process.KillAsync();
        world.Disarm();
        var seconds = await world.GoesOnAsync(round);
        await gateway.StartAsync();
        FaultTable.Add(
            "one gateway of two", "collecting: an upload is half written",
            "uploads go on at the other; same attempt, 3 of 3 updates counted once", seconds);
    }

    [Fact]
    public async Task Agents_wait_for_gateways_that_were_all_killed()
    {
        var (_, round) = await world.BeginUntilAsync("upload-half", world.Gateways);
        await Task.WhenAll(world.Gateways.Select(gateway => gateway.Process.KillAsync()));
        world.Disarm();
        await Task.WhenAll(world.Gateways.Select(gateway => gateway.StartAsync()));
        FaultTable.Add(
            "all gateways, started again", "collecting: an upload is half written",
            "uploads go on where they were; same attempt, 3 of 3 updates counted once",
            await world.GoesOnAsync(round));
    }
}
