using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>Which time counts against deadlines after an outage.</summary>
public class RunClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly RunClock Clock = new(TimeSpan.FromHours(1), Noon);

    [Theory]
    [InlineData(100, null, 0)]
    [InlineData(100, -500, 100)]
    [InlineData(100, 0, 100)]
    [InlineData(100, 70, 30)]
    [InlineData(100, 100, 0)]
    [InlineData(100, 130, 0)]
    [InlineData(-100, null, 0)]
    [InlineData(-100, -200, 0)]
    public void Only_the_time_since_the_outage_ended_counts(int nowSeconds, int? backSeconds, int countedSeconds)
    {
        var now = Noon.AddSeconds(nowSeconds);
        var restarted = new RunEvent.Restarted(now)
        {
            Back = backSeconds is { } back ? Noon.AddSeconds(back) : null,
        };
        Assert.Equal(
            new RunClock(Clock.Elapsed + TimeSpan.FromSeconds(countedSeconds), now), Clock.At(restarted));
    }
}
