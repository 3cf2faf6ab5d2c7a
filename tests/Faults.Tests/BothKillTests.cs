using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>SIGKILL of the server and all agents at once, as when the power goes.</summary>
public sealed class BothKillTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private readonly World world = fixture.World;

    [Fact]
    public async Task While_all_train_all_lose_the_attempt_and_the_next_attempt_is_charged_anew()
    {
        var round = await world.BeginTrainingAsync("step-3");
        var recovery = await KillAndStartAsync();
        var reports = await world.UntilDoneAsync(round);
        Assert.Equal(2, reports.Count);
        Assert.IsType<RoundResult.QuorumMissed>(reports[0].Result);
        foreach (var site in world.Sites)
        {
            Assert.Equal(new Standing.Lost(LostReason.Died), site.In(reports[0]));
            Assert.IsType<Standing.Delivered>(site.In(reports[1]));
            Assert.Equal(2, site.ChargesOf(round).Count);
            Assert.IsType<LedgerRecord.Lost>(site.OutcomeOf(reports[0].Id));
        }

        FaultTable.Add(
            "server and agents", "while all train", "3 lost, each charged; next attempt with new charges", recovery);
    }

    [Theory]
    [InlineData("upload-half", 3, "while all upload")]
    [InlineData("before-aggregate", 1, "while the server sums")]
    [InlineData("before-checkpoint", 1, "while the server writes the checkpoint")]
    public async Task With_durable_updates_the_attempt_goes_on_with_the_same_bytes(string place, int count, string when)
    {
        var round = await world.BeginUntilAsync(place, count);
        var recovery = await KillAndStartAsync();
        var report = Assert.Single(await world.UntilDoneAsync(round));
        foreach (var site in world.Sites)
        {
            Assert.IsType<Standing.Delivered>(site.In(report));
            Assert.Single(site.ChargesOf(round));
        }

        FaultTable.Add("server and agents", when, "same attempt, same bytes, 3 of 3 counted once", recovery);
    }

    [Fact]
    public async Task An_update_that_is_durable_while_the_server_is_down_is_sent_when_it_is_up()
    {
        var round = await world.BeginTrainingAsync("step-4");
        await world.Server.KillAsync();
        var marks = world.Sites.Select(site => (site.Process, site.Process.Mark)).ToList();
        foreach (var site in world.Sites) site.Disarm();
        foreach (var (process, mark) in marks) await process.LineAsync("100 %", mark);
        var recovery = await world.RecoverAsync();
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.All(world.Sites, site => Assert.IsType<Standing.Delivered>(site.In(report)));
        Assert.All(world.Sites, site => Assert.Single(site.ChargesOf(round)));
        FaultTable.Add("server", "while all train to the end", "updates wait in the outbox and are sent", recovery);
    }

    private async Task<double> KillAndStartAsync()
    {
        await Task.WhenAll(world.Sites.Select(site => site.Process.KillAsync()).Append(world.Server.KillAsync()));
        foreach (var site in world.Sites) site.Disarm();
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await world.StartServerAsync();
        await Task.WhenAll(world.Sites.Select(site => site.StartAsync()));
        return System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
