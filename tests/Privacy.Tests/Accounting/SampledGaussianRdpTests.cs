// Goal: the quadrature against two slow references that share nothing with it: the binomial series at whole orders
// (all its terms are positive there), and a plain sum over a fine grid for the other direction.
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Privacy.Tests.Accounting;

public class SampledGaussianRdpTests
{
    [Fact]
    public void At_whole_orders_it_is_the_binomial_series()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var q = Math.Pow(10, -4 * random.NextDouble());
            var sigma = 0.2 * Math.Pow(10, 2 * random.NextDouble());
            var order = (int)Math.Round(2 * Math.Pow(512, random.NextDouble()));
            var divergence = SampledGaussianRdp.Compute(q, sigma, [order])[0];
            var series = BinomialSeries(q, sigma, order);

            // The series cancels against 1 where the divergence is small.
            var tolerance = 1e-10 * series + 1e-13;
            Assert.True(
                Math.Abs(divergence - series) <= tolerance,
                $"seed {seed}: q {q}, sigma {sigma}, order {order}: {divergence}, series {series}");
        }
    }

    [Fact]
    public void Removing_a_record_costs_at_least_as_much_as_adding_one()
    {
        foreach (var q in new[] { 1e-3, 0.02, 0.3, 0.7, 0.99 })
        {
            foreach (var sigma in new[] { 0.3, 0.7, 1.5, 5 })
            {
                foreach (var order in new[] { 1.001, 1.1, 1.5, 2.7, 8, 33.3, 64 })
                {
                    var remove = SampledGaussianRdp.Compute(q, sigma, [order])[0];
                    var add = Divergence(q, sigma, 1 - order) / (order - 1);
                    Assert.True(
                        remove >= add * (1 - 1e-9) - 1e-12, $"q {q}, sigma {sigma}, order {order}: {remove} < {add}");
                }
            }
        }
    }

    [Fact]
    public void Without_sampling_it_is_the_closed_form() =>
        Assert.Equal([2 / 0.5, 7.5 / 0.5], SampledGaussianRdp.Compute(1, 0.5, [2, 7.5]));

    [Fact]
    public void It_approaches_the_closed_form_as_everything_is_sampled()
    {
        var almost = SampledGaussianRdp.Compute(1 - 1e-12, 0.7, [1.01, 1.5, 30.5]);
        var all = SampledGaussianRdp.Compute(1, 0.7, [1.01, 1.5, 30.5]);

        Assert.Equal(all, almost, (a, b) => Math.Abs(a - b) < 1e-9 * a);
    }

    [Fact]
    public void Very_small_divergences_keep_their_digits()
    {
        // To the lowest power of q, E[g] = a (a - 1) / 2 q^2 (e^{1 / sigma^2} - 1).
        foreach (var order in new[] { 1.01, 1.5, 3.7 })
        {
            var divergence = SampledGaussianRdp.Compute(1e-9, 2, [order])[0];
            var leading = order / 2 * 1e-18 * (Math.Exp(0.25) - 1);
            Assert.InRange(divergence / leading, 1 - 1e-8, 1 + 1e-8);
        }
    }

    [Fact]
    public void Sampling_never_costs_more_than_taking_everything()
    {
        foreach (var sigma in new[] { 0.01, 0.05, 0.1, 1, 100 })
        {
            double[] orders = [1.001, 1.5, 8, 200, 1024];
            var sampled = SampledGaussianRdp.Compute(0.9999, sigma, orders);
            var all = SampledGaussianRdp.Compute(1, sigma, orders);
            Assert.All(sampled.Zip(all), pair => Assert.True(pair.First <= pair.Second));
        }
    }

    /// <summary>Mironov, Talwar and Zhang, arXiv 1908.10530, section 3.3, in logarithms.</summary>
    private static double BinomialSeries(double q, double sigma, int order)
    {
        var logBinomial = 0.0;
        var terms = new List<double>();
        for (var k = 0; k <= order; k++)
        {
            var logOthers = k == order ? 0 : (order - k) * Math.Log(1 - q);
            terms.Add(logBinomial + logOthers + k * Math.Log(q) + k * (k - 1.0) / (2 * sigma * sigma));
            logBinomial += Math.Log(order - k) - Math.Log(k + 1);
        }

        var largest = terms.Max();
        return (largest + Math.Log(terms.Sum(term => Math.Exp(term - largest)))) / (order - 1);
    }

    /// <summary>ln E[(1 + x)^power] by a plain sum over u from -40 to 40.</summary>
    private static double Divergence(double q, double sigma, double power)
    {
        const double Step = 0.002;
        var sum = 0.0;
        for (var u = -40.0; u <= 40; u += Step)
        {
            var ratio = 1 - q + q * Math.Exp(u / sigma - 1 / (2 * sigma * sigma));
            sum += Math.Exp(power * Math.Log(ratio) - u * u / 2);
        }

        return Math.Log(sum * Step / Math.Sqrt(2 * Math.PI));
    }
}
