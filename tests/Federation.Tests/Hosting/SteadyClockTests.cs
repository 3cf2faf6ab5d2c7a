using FedLowRank.Federation.Hosting.Keeping;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>How long a clock has gone steadily.</summary>
public sealed class SteadyClockTests
{
    private readonly TestClock time = new(FederationWorld.Noon);

    [Fact]
    public void It_grows_with_the_time_and_begins_anew_when_the_clock_of_the_day_is_set_either_way()
    {
        var clock = new SteadyClock(time);
        foreach (var jump in new[] { TimeSpan.FromDays(9000), TimeSpan.FromHours(-1), TimeSpan.FromSeconds(10) })
        {
            Assert.Equal(TimeSpan.FromHours(1), Look(clock, TimeSpan.FromHours(1)));
            time.Set(jump);
            Assert.Equal(TimeSpan.Zero, Look(clock, TimeSpan.FromMinutes(1)));
        }

        Assert.Equal(TimeSpan.FromHours(1), Look(clock, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_clock_that_is_slewed_is_steady()
    {
        var clock = new SteadyClock(time);
        for (var minute = 0; minute < 60; minute++)
        {
            time.Set(TimeSpan.FromMilliseconds(30));
            Look(clock, TimeSpan.FromMinutes(1));
        }

        Assert.Equal(TimeSpan.FromHours(1), clock.Look());
    }

    private TimeSpan Look(SteadyClock clock, TimeSpan after)
    {
        time.Advance(after);
        return clock.Look();
    }
}
