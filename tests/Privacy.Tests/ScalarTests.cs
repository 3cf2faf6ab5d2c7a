// Goal: no value outside its limits gets in, and the message says which value and what the limits are.
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Tests;

public class ScalarTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e-13)]
    [InlineData(1e13)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Clip_norms_out_of_range_are_refused(double value) =>
        AssertRefused(() => new ClipNorm(value), "clip norm", value, "1E-12", "1000000000000");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.00999)]
    [InlineData(1e7)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Noise_multipliers_out_of_range_are_refused(double value) =>
        AssertRefused(() => new NoiseMultiplier(value), "noise multiplier", value, "0.01", "1000000");

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(1.0000001)]
    [InlineData(double.NaN)]
    public void Sampling_rates_out_of_range_are_refused(double value) =>
        AssertRefused(() => new SamplingRate(value), "sampling rate", value, "1");

    [Theory]
    [InlineData(0, 1e-5, "epsilon")]
    [InlineData(-1, 1e-5, "epsilon")]
    [InlineData(double.NaN, 1e-5, "epsilon")]
    [InlineData(double.PositiveInfinity, 1e-5, "epsilon")]
    [InlineData(1, 0, "delta")]
    [InlineData(1, 1, "delta")]
    [InlineData(1, double.NaN, "delta")]
    public void Privacy_targets_out_of_range_are_refused(double epsilon, double delta, string field) =>
        AssertRefused(() => new PrivacyTarget(epsilon, delta), field, field == "epsilon" ? epsilon : delta);

    [Theory]
    [InlineData(-0.1, 1, 1)]
    [InlineData(1.1, 1, 1)]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(0.1, -1, 1)]
    [InlineData(0.1, double.NaN, 1)]
    [InlineData(0.1, double.PositiveInfinity, 1)]
    [InlineData(0.1, 1, -1)]
    public void Events_out_of_range_are_refused(double rate, double sigma, long steps) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MechanismEvent(rate, sigma, steps));

    [Fact]
    public void Values_at_the_limits_are_kept()
    {
        Assert.Equal(ClipNorm.Min, new ClipNorm(ClipNorm.Min).Value);
        Assert.Equal(ClipNorm.Max, new ClipNorm(ClipNorm.Max).Value);
        Assert.Equal(NoiseMultiplier.Min, new NoiseMultiplier(NoiseMultiplier.Min).Value);
        Assert.Equal(NoiseMultiplier.Max, new NoiseMultiplier(NoiseMultiplier.Max).Value);
        Assert.Equal(1, new SamplingRate(1).Value);
        Assert.Equal((6, 1e-5), (new PrivacyTarget(6, 1e-5).Epsilon, new PrivacyTarget(6, 1e-5).Delta));
    }

    private static void AssertRefused(Func<object> make, string field, double value, params string[] limits)
    {
        var message = Assert.Throws<ArgumentOutOfRangeException>(make).Message;
        Assert.Contains(field, message, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($" {value};"), message, StringComparison.Ordinal);
        Assert.All(limits, limit => Assert.Contains(limit, message, StringComparison.Ordinal));
    }
}
