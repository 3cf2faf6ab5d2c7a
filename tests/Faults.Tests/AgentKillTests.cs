using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>SIGKILL of an agent at every stage of a round, while the server and two other agents live on.</summary>
public sealed class AgentKillTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private readonly World world = fixture.World;

    [Theory]
    [InlineData("open", "before it joins")]
    [InlineData("load", "after it joined, before the charge")]
    public async Task Killed_before_its_charge_an_agent_takes_part_when_it_is_back(string place, string when)
    {
        // It opens the model once in its life.
        Assert.Equal(0, await world.North.Process.TerminateAsync());
        await world.North.StartAsync();
        world.North.Arm(place);
        var round = await world.BeginAsync();
        await world.North.DieAsync();
        await world.North.StartAsync();
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.All(world.Sites, site => Assert.IsType<Standing.Delivered>(site.In(report)));
        Assert.Single(world.North.ChargesOf(round));
        FaultTable.Add("agent", when, "charged once, trained once, delivered");
    }

    [Theory]
    [InlineData("step-1", "after the charge, before the first step")]
    [InlineData("step-3", "in the middle of training")]
    public async Task Killed_after_its_charge_an_agent_loses_the_round_says_so_and_never_trains_it_again(
        string place, string when)
    {
        world.North.Arm(place);
        var round = await world.BeginAsync();
        await world.North.DieAsync();
        await world.North.StartAsync();
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.Equal(new Standing.Lost(LostReason.Died), world.North.In(report));
        Assert.All(world.Sites.Skip(1), site => Assert.IsType<Standing.Delivered>(site.In(report)));
        Assert.Single(world.North.ChargesOf(round));
        await world.North.Process.LineAsync("spent and lost (Died)");
        Assert.DoesNotContain("training ", world.North.Process.Output, StringComparison.Ordinal);
        FaultTable.Add("agent", when, "lost: spent, reported, not trained again; the round closes with 2 of 3");
    }

    [Theory]
    [InlineData("upload-begin", "the update is durable, nothing is sent")]
    [InlineData("upload-half", "in the middle of its upload")]
    public async Task Killed_with_a_durable_update_an_agent_sends_the_same_bytes(string place, string when)
    {
        var round = await world.BeginUntilAsync(place, count: 3);
        await world.North.Process.KillAsync();
        var update = world.North.OutboxHash(new(round, 1));
        world.Disarm();
        await world.North.StartAsync();
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.Equal(update, Assert.IsType<Standing.Delivered>(world.North.In(report)).Update);
        Assert.Single(world.North.ChargesOf(round));
        FaultTable.Add("agent", when, "the same bytes are sent, counted once");
    }

    [Fact]
    public async Task Killed_between_the_receipt_and_its_note_agents_get_the_same_receipt_again()
    {
        // The receipt of one is durable and not sent; those of the others are next. So all are killed.
        var round = await world.BeginUntilAsync("before-upload-complete", count: 3);
        world.Arm("after-update-submitted", FaultPoint.Wait);
        await world.Server.LineAsync($"{FaultPoint.Waiting} after-update-submitted");
        foreach (var site in world.Sites) await site.Process.KillAsync();
        var updates = world.Sites.Select(site => site.OutboxHash(new(round, 1))).ToList();
        world.Disarm();
        await Task.WhenAll(world.Sites.Select(site => site.StartAsync()));
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.Equal(
            updates, world.Sites.Select(site => Assert.IsType<Standing.Delivered>(site.In(report)).Update));
        foreach (var site in world.Sites)
        {
            await site.Process.LineAsync("the server has the update");
            Assert.IsType<LedgerRecord.Sent>(site.OutcomeOf(new(round, 1)));
            Assert.Single(site.ChargesOf(round));
        }

        FaultTable.Add("agent", "after the receipt, before it is noted", "the same receipt again, counted once");
    }
}
