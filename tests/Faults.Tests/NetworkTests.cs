using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Faults.Tests.Agents;
using FedLowRank.Faults.Tests.Network;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>A bad link between one agent and the server.</summary>
public sealed class NetworkTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    // An update has 64 KB.
    private const int SlowBytesPerSecond = 24 << 10;
    private const int CutBytes = 40 << 10;

    private readonly World world = fixture.World;

    [Fact]
    public async Task A_slow_link_only_takes_longer()
    {
        await using var proxy = new Proxy(world.AgentEndpoint) { BytesPerSecond = SlowBytesPerSecond };
        await MoveAsync(proxy);
        await DeliverAsync(await world.BeginAsync(), "slow link, 24 KiB/s", "during the upload", "delivered");
    }

    [Fact]
    public async Task A_link_that_is_cut_again_and_again_loses_no_byte_that_arrived()
    {
        // Slow as well: what a burst leaves unread in the server when its connection ends is not said to have arrived.
        await using var proxy = new Proxy(world.AgentEndpoint)
        {
            BytesPerSecond = SlowBytesPerSecond,
            CutAfterBytes = CutBytes,
        };
        await MoveAsync(proxy);
        await DeliverAsync(
            await world.BeginAsync(), "link cut after each 40 KiB", "during the upload of 63 KiB",
            "the upload goes on where it was; counted once");
        Assert.True(proxy.Cuts > 0);
    }

    [Fact]
    public async Task An_agent_leaves_a_connection_that_is_dead_without_a_word()
    {
        await using var proxy = new Proxy(world.AgentEndpoint);
        await MoveAsync(proxy, (FaultyAgent.PatienceVariable, "5"));
        var round = await world.BeginTrainingAsync("step-4");
        proxy.Freeze();
        foreach (var site in world.Sites) site.Disarm();
        await DeliverAsync(
            round, "half-closed connection", "before the upload", "noticed by pings; sent again on a new connection");
    }

    private async Task MoveAsync(Proxy proxy, params (string, string)[] variables)
    {
        Assert.Equal(0, await world.North.Process.TerminateAsync());
        world.North.Dial(proxy.Address);
        await world.North.StartAsync(variables);
    }

    private async Task DeliverAsync(int round, string what, string when, string seen)
    {
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.True(world.Sites.All(site => site.In(report) is Standing.Delivered), world.Outputs());
        Assert.Single(world.North.ChargesOf(round));
        Assert.Equal(0, await world.North.Process.TerminateAsync());
        world.North.Dial(new($"https://localhost:{world.AgentEndpoint.Port}/"));
        await world.North.StartAsync();
        FaultTable.Add(what, when, seen);
    }
}
