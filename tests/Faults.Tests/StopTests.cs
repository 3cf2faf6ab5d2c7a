using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Faults.Tests.Agents;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>SIGTERM: a clean end with exit code 0, whatever is going on, and nothing lost by it.</summary>
public sealed class StopTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private readonly World world = fixture.World;

    [Fact]
    public async Task An_agent_stopped_while_it_trains_says_that_the_round_is_lost_and_ends_well()
    {
        var round = await world.BeginTrainingAsync("step-2");
        await world.North.Process.AskToEndAsync();
        await world.North.Process.LineAsync(FaultyAgent.Heard);
        foreach (var site in world.Sites) site.Disarm();
        Assert.Equal(0, await world.North.Process.EndAsync());
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.Equal(new Standing.Lost(LostReason.Stopped), world.North.In(report));
        Assert.Single(world.North.ChargesOf(round));
        await world.North.StartAsync();
        FaultTable.Add("agent, SIGTERM", "while it trains", "exit 0; lost (Stopped), told before it ends");
    }

    [Fact]
    public async Task A_server_stopped_while_agents_train_ends_well_and_takes_their_updates_later()
    {
        var round = await world.BeginTrainingAsync("step-2");
        Assert.Equal(0, await world.Server.TerminateAsync());
        foreach (var site in world.Sites) site.Disarm();
        await AllDeliverAsync(round, "while agents train", await world.RecoverAsync());
    }

    [Theory]
    [InlineData("upload-half", 3, "while all upload")]
    [InlineData("before-aggregate", 1, "while it sums")]
    [InlineData("before-refresh", 1, "while it refreshes")]
    [InlineData("after-checkpoint", 1, "while it writes a checkpoint")]
    public async Task A_server_stopped_at_its_work_ends_well_and_goes_on_with_it(string place, int count, string when)
    {
        var round = await world.BeginUntilAsync(place, count);
        Assert.Equal(0, await world.Server.TerminateAsync());
        await AllDeliverAsync(round, when, await world.RecoverAsync());
    }

    private async Task AllDeliverAsync(int round, string when, double recovery)
    {
        var report = Assert.Single(await world.UntilDoneAsync(round));
        foreach (var site in world.Sites)
        {
            Assert.IsType<Standing.Delivered>(site.In(report));
            Assert.Single(site.ChargesOf(round));
        }

        FaultTable.Add("server, SIGTERM", when, "exit 0; same attempt goes on, 3 of 3", recovery);
    }
}
