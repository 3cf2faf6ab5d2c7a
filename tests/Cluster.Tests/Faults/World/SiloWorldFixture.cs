namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>One cluster for the tests of several classes; at its end all that they left is proved.</summary>
public sealed class SiloWorldFixture : IAsyncLifetime
{
    private SiloWorld? world;

    /// <summary>The cluster; the test is skipped where there can be none.</summary>
    internal SiloWorld World
    {
        get
        {
            Assert.SkipWhen(
                world is null, "no PostgreSQL server under /usr/lib/postgresql; install Debian's package postgresql");
            return world!;
        }
    }

    public async ValueTask InitializeAsync() => world = await SiloWorld.StartAsync(new() { Gateways = 2 });

    public async ValueTask DisposeAsync()
    {
        if (world is null) return;
        await using (world) await world.CloseAsync();
    }
}
