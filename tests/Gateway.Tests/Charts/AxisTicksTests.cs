using FedLowRank.Gateway.Charts;

namespace FedLowRank.Gateway.Tests.Charts;

public class AxisTicksTests
{
    [Theory]
    [InlineData(0, 0.74, 6)]
    [InlineData(1.1, 2.83, 6)]
    [InlineData(0, 1, 10)]
    [InlineData(0, 100, 10)]
    [InlineData(-3, 1e6, 5)]
    [InlineData(2.5, 2.5, 5)]
    [InlineData(0, 0, 5)]
    [InlineData(1e-9, 3e-9, 5)]
    [InlineData(1e12, 1e12 + 1, 5)]
    public void An_axis_covers_its_values_with_a_readable_number_of_ticks(double min, double max, int steps)
    {
        var axis = AxisTicks.Cover(min, max, steps);
        Assert.InRange(axis.Values.Count, 2, 2 * steps + 2);
        Assert.InRange(axis.Share(min), -1e-6, 1);
        Assert.InRange(axis.Share(max), 0, 1 + 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(30)]
    [InlineData(101)]
    public void Rounds_have_whole_ticks(int rounds)
    {
        var axis = AxisTicks.Cover(0, rounds, 10, stepMin: 1);
        Assert.All(axis.Values, tick => Assert.Equal(Math.Round(tick), tick));
        Assert.Equal(0, axis.Decimals);
    }

    [Theory]
    [InlineData(0, 0.74, 1)]
    [InlineData(0, 0.05, 2)]
    [InlineData(0, 60, 0)]
    public void Decimals_tell_neighbours_apart(double min, double max, int decimals) =>
        Assert.Equal(decimals, AxisTicks.Cover(min, max, 6).Decimals);
}
