// Goal: agree with independent accountants wherever they are right, and never be below the exact epsilon.
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Tests.Accounting;

public class GoldenTests(ITestOutputHelper output)
{
    /// <summary>Opacus' DEFAULT_ALPHAS: 1.1 to 10.9, then 12 to 63; there is no 11.</summary>
    private static readonly RdpAccountant OpacusOrders = new(
        [.. Enumerable.Range(11, 99).Select(k => k / 10.0), .. Enumerable.Range(12, 52).Select(k => (double)k)]);

    private static readonly RdpAccountant Accountant = new();

    [Fact]
    public void Epsilon_is_an_upper_bound_at_every_point()
    {
        var ratios = new List<double>();
        foreach (var point in GoldenValues.Instance.Epsilon)
        {
            var epsilon = Accountant.Epsilon(point.Events, point.Delta);
            Assert.True(epsilon >= point.TruthLow, $"{point.Id}: {epsilon} < {point.TruthLow}");
            Assert.True(double.IsFinite(epsilon), $"{point.Id}: {epsilon}");
            if (point.TruthHigh > 0.05)
            {
                ratios.Add(epsilon / point.TruthHigh);
            }
        }

        ratios.Sort();
        var (median, largest) = (ratios[ratios.Count / 2], ratios[^1]);
        output.WriteLine($"{ratios.Count} ratios to the exact epsilon: median {median:F4}, largest {largest:F4}");
        Assert.Equal(341, GoldenValues.Instance.Epsilon.Length);
        Assert.InRange(median, 1, 1.1);
    }

    [Fact]
    public void Epsilon_is_never_above_opacus_rdp()
    {
        foreach (var point in GoldenValues.Instance.Epsilon)
        {
            var epsilon = Accountant.Epsilon(point.Events, point.Delta);
            Assert.True(epsilon <= point.Opacus * (1 + 2e-9), $"{point.Id}: {epsilon} > {point.Opacus}");
        }
    }

    [Fact]
    public void Epsilon_at_the_orders_of_opacus_is_that_of_opacus()
    {
        var worst = 0.0;
        foreach (var point in GoldenValues.Instance.Epsilon)
        {
            var epsilon = OpacusOrders.Epsilon(point.Events, point.Delta);
            var difference = Math.Abs(epsilon / point.Opacus - 1);
            worst = Math.Max(worst, difference);
            Assert.True(difference <= 1e-9, $"{point.Id}: {epsilon} is not {point.Opacus}: {difference}");
        }

        output.WriteLine($"largest relative difference {worst:E2}");
    }

    [Fact]
    public void Divergence_at_every_order_is_the_exact_one_and_never_below()
    {
        var worst = 0.0;
        foreach (var point in GoldenValues.Instance.Rdp)
        {
            var divergence = SampledGaussianRdp.Compute(point.Q, point.Sigma, [point.Order])[0];
            var difference = divergence / point.Exact - 1;
            worst = Math.Max(worst, difference);
            Assert.True(Math.Abs(difference) <= 1e-9, $"{point.Id} at order {point.Order}: {difference}");
            Assert.True(difference > -1e-15, $"{point.Id} at order {point.Order} is below: {difference}");
        }

        output.WriteLine($"largest relative difference {worst:E2}");
    }

    [Fact]
    public void Calibrated_noise_keeps_the_target_and_is_no_more_than_others_need()
    {
        var toExact = new List<double>();
        foreach (var point in GoldenValues.Instance.Calibration)
        {
            var target = new PrivacyTarget(point.Epsilon, point.Delta);
            var sigma = NoiseCalibration.NoiseFor(target, new SamplingRate(point.Q), point.Steps, Accountant).Value;

            Assert.True(EpsilonAt(sigma) <= point.Epsilon, point.Id);
            Assert.True(EpsilonAt(sigma * (1 - 2e-6)) > point.Epsilon, $"{point.Id}: {sigma} is more than needed");
            Assert.True(sigma >= (point.Exact ?? 0), $"{point.Id}: {sigma} < {point.Exact}");
            var others = Math.Min(point.Opacus ?? double.MaxValue, point.DpAccounting);
            Assert.True(sigma <= others * (1 + 3e-6), $"{point.Id}: {sigma} > {others}");
            if (point.Exact is { } exact)
            {
                toExact.Add(sigma / exact);
            }

            double EpsilonAt(double s) =>
                Accountant.Epsilon([new MechanismEvent(point.Q, s, point.Steps)], point.Delta);
        }

        toExact.Sort();
        var (median, largest) = (toExact[toExact.Count / 2], toExact[^1]);
        output.WriteLine($"noise over the least possible: median {median:F4}, largest {largest:F4}");
    }

    [Fact]
    public void Conversion_of_a_gaussian_is_close_above_the_best_over_all_real_orders()
    {
        foreach (var point in GoldenValues.Instance.Zcdp)
        {
            var epsilon = Accountant.Epsilon([new MechanismEvent(1, 1 / Math.Sqrt(2 * point.Rho), 1)], point.Delta);

            // At rho 1e-6 the best order lies far above 1,024.
            var slack = point.Rho < 1e-3 ? 2 : 1.0005;
            Assert.InRange(epsilon / point.CksOptimal, 1, slack);
        }
    }
}
