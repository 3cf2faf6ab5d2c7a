using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults;

/// <summary>SIGKILL of PostgreSQL, which is back after half a minute.</summary>
[Collection(SilosTogether.Name)]
public sealed class DatabaseKillTests(SiloWorldFixture fixture)
{
    private const string Seen = "no silo ends; same attempt goes on, 3 of 3 updates counted once";
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(30);

    private readonly SiloWorld world = fixture.World;

    [Fact]
    public async Task While_agents_train_and_upload()
    {
        var round = await world.BeginTrainingAsync("step-3");
        await world.Postgres.KillAsync();
        world.Release();
        await Task.Delay(Away, TestContext.Current.CancellationToken);
        await GoesOnAsync(round, "collecting: away for 30 s, in which all upload");
    }

    [Fact]
    public async Task While_silos_sum()
    {
        var (_, round) = await world.BeginUntilAsync("after-aggregate", world.Silos);
        await world.Postgres.KillAsync();
        world.Disarm();
        await Task.Delay(Away, TestContext.Current.CancellationToken);
        await GoesOnAsync(round, "aggregating: away for 30 s, in which sums are to be stored");
    }

    private async Task GoesOnAsync(int round, string when)
    {
        await world.Postgres.StartAsync();
        var seconds = await world.GoesOnAsync(round);
        foreach (var member in world.Silos.Concat(world.Gateways)) Assert.True(member.Process.IsAlive, world.Outputs());
        FaultTable.Add("PostgreSQL", when, Seen, seconds);
    }
}
