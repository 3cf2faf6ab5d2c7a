using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Faults.Tests.Server;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>The server's clock is set while all agents train.</summary>
public sealed class ClockTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private readonly World world = fixture.World;

    [Theory]
    [InlineData(-1, "set back by an hour", 1)]
    [InlineData(1, "set forward by an hour", 2)]
    [InlineData(24, "set forward by a day", 2)]
    public async Task A_clock_that_jumps_costs_no_update_and_no_second_charge(int hours, string jump, int attempts)
    {
        var round = await world.BeginTrainingAsync("step-2");
        FileClock.Set(world.Clock, TimeSpan.FromHours(hours));
        foreach (var site in world.Sites) site.Disarm();
        var reports = await world.UntilDoneAsync(round);
        FileClock.Set(world.Clock, TimeSpan.Zero);

        // Forward, the deadline passes with nothing delivered; what is trained counts in the next attempt.
        Assert.Equal(attempts, reports.Count);
        Assert.All(world.Sites, site => Assert.IsType<Standing.Delivered>(site.In(reports[^1])));
        Assert.All(world.Sites, site => Assert.Single(site.ChargesOf(round)));
        FaultTable.Add(
            "server's clock", $"{jump} while all train", attempts == 1
                ? "nothing: same attempt, 3 of 3"
                : "the deadline passes; the next attempt takes over what is trained: 3 of 3, each charged once");
    }
}
