namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>One world for the tests of a class; at its end all that they left is proved.</summary>
public sealed class WorldFixture : IAsyncLifetime
{
    private World? world;

    internal World World => world!;

    public async ValueTask InitializeAsync() => world = await World.StartAsync(new());

    public async ValueTask DisposeAsync()
    {
        if (world is null) return;
        await using (world) await world.CloseAsync();
    }
}
