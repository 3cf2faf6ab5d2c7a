using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Privacy.Tests.Accounting;

public class NoiseCalibrationTests
{
    private static readonly RdpAccountant Accountant = new();

    [Theory]
    [InlineData(0.03, 1e-9, 0.5, 100)]
    [InlineData(0.1, 1e-6, 1e-3, 10_000)]
    [InlineData(1, 1e-5, 1, 1)]
    [InlineData(6, 1e-5, 0.1, 90)]
    [InlineData(300, 1e-5, 0.02, 1000)]
    public void The_target_is_kept_with_hardly_anything_left(double epsilon, double delta, double q, long steps)
    {
        var sigma = NoiseCalibration.NoiseFor(new(epsilon, delta), new(q), steps, Accountant);

        var spent = Accountant.Epsilon([new(q, sigma.Value, steps)], delta);
        Assert.InRange(spent, epsilon * (1 - 1e-4), epsilon);
    }

    [Fact]
    public void A_target_that_no_noise_can_keep_is_refused_with_its_values()
    {
        var error = Assert.Throws<ArgumentException>(
            () => NoiseCalibration.NoiseFor(new(1e-6, 1e-9), new(0.5), 1_000_000_000, Accountant));

        Assert.Contains("epsilon 1E-06 at delta 1E-09", error.Message, StringComparison.Ordinal);
        Assert.Contains("1000000000 steps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_that_any_noise_keeps_gets_the_smallest()
    {
        var sigma = NoiseCalibration.NoiseFor(new(1e9, 1e-5), new(0.5), 1, Accountant);

        Assert.Equal(NoiseMultiplier.Min, sigma.Value);
    }

    [Fact]
    public void No_step_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => NoiseCalibration.NoiseFor(new(1, 1e-5), new(0.5), 0, Accountant));

    [Fact]
    public void An_accountant_that_gives_no_guarantee_is_not_believed() =>
        Assert.Throws<ArgumentException>(
            () => NoiseCalibration.NoiseFor(new(1, 1e-5), new(0.5), 1, new Hopeless()));

    private sealed class Hopeless : IAccountant
    {
        public string Name => "hopeless";

        public double Epsilon(IReadOnlyList<MechanismEvent> events, double delta) => double.NaN;
    }
}
