// Goal: the laws every accountant must keep. Method: random events with fixed seeds, and simple slow references.
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Privacy.Tests.Accounting;

public class AccountantTests
{
    private static readonly RdpAccountant Accountant = new();

    [Fact]
    public void More_noise_costs_less() =>
        AssertRises(Log(0.02, 200, 60).Reverse(), sigma => Epsilon(0.03, sigma, 200, 1e-5));

    [Fact]
    public void A_higher_sampling_rate_costs_more() =>
        AssertRises(Log(1e-6, 1, 60), q => Epsilon(q, 0.9, 200, 1e-5));

    [Fact]
    public void More_steps_cost_more() =>
        AssertRises(Log(1, 1e9, 60), steps => Epsilon(0.03, 0.9, (long)steps, 1e-5));

    [Fact]
    public void A_smaller_delta_costs_more() =>
        AssertRises(Log(1e-15, 0.5, 60).Reverse(), delta => Epsilon(0.03, 0.9, 200, delta));

    [Fact]
    public void The_order_of_events_does_not_matter_and_equal_events_may_be_split()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            MechanismEvent[] events =
                [.. Enumerable.Range(0, 6).Select(_ => new MechanismEvent(
                    random.Next(4) / 4.0 + 0.01, 0.5 + random.Next(3), 1 + random.Next(100)))];
            var split = events.SelectMany(e => new[]
            {
                new MechanismEvent(e.Rate, e.Sigma, e.Steps / 2),
                new MechanismEvent(e.Rate, e.Sigma, e.Steps - e.Steps / 2),
            });
            random.Shuffle(events);
            MechanismEvent[] pieces = [.. split];
            random.Shuffle(pieces);

            var whole = Accountant.Epsilon(events, 1e-6);
            Assert.True(Math.Abs(Accountant.Epsilon(pieces, 1e-6) / whole - 1) < 1e-12, $"seed {seed}");
        }
    }

    [Fact]
    public void Composition_costs_no_less_than_any_part_and_no_more_than_all_parts_at_shared_delta()
    {
        MechanismEvent[] events = [new(0.02, 0.8, 100), new(1, 4, 3), new(0.5, 2, 10)];
        var parts = events.Select(e => Accountant.Epsilon([e], 1e-5 / 3)).ToArray();
        var all = Accountant.Epsilon(events, 1e-5);

        Assert.True(all < parts.Sum());
        Assert.All(events, e => Assert.True(all > Accountant.Epsilon([e], 1e-5)));
    }

    [Theory]
    [InlineData(0, 1, 1000)]
    [InlineData(0, 0, 1000)]
    [InlineData(0.5, 1, 0)]
    [InlineData(1, 0, 0)]
    public void What_never_happens_costs_nothing(double rate, double sigma, long steps) =>
        Assert.Equal(0, Epsilon(rate, sigma, steps, 1e-5));

    [Fact]
    public void No_event_costs_nothing() => Assert.Equal(0, Accountant.Epsilon([], 1e-5));

    [Theory]
    [InlineData(0.001)]
    [InlineData(1)]
    public void No_noise_is_no_guarantee(double rate)
    {
        Assert.Equal(double.PositiveInfinity, Epsilon(rate, 0, 1, 1e-5));
        Assert.Equal(
            double.PositiveInfinity, Accountant.Epsilon([new(rate, 0, 1), new(0.1, 1, 10), new(0, 0, 0)], 1e-5));
    }

    [Fact]
    public void Epsilon_is_never_negative_and_never_NaN()
    {
        foreach (var q in new[] { 0, double.Epsilon, 1e-300, 1e-9, 1e-4, 0.1, 0.5, 1 - 1e-9, Math.BitDecrement(1), 1 })
        {
            foreach (var sigma in new[] { 0, double.Epsilon, 1e-200, 1e-3, 0.05, 1, 30, 1e6, 1e200, double.MaxValue })
            {
                foreach (var steps in new[] { 0, 1, 1000, long.MaxValue })
                {
                    foreach (var delta in new[] { double.Epsilon, 1e-9, 0.5, Math.BitDecrement(1) })
                    {
                        var epsilon = Epsilon(q, sigma, steps, delta);
                        Assert.True(epsilon >= 0, $"q {q}, sigma {sigma}, steps {steps}, delta {delta}: {epsilon}");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_delta_that_is_no_probability_is_refused(double delta) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Epsilon(0.1, 1, 1, delta));

    [Theory]
    [InlineData()]
    [InlineData(1.0)]
    [InlineData(2.0, double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Orders_that_bound_nothing_are_refused(params double[] orders) =>
        Assert.Throws<ArgumentException>(() => new RdpAccountant(orders));

    [Fact]
    public void The_default_orders_rise_from_near_1_to_1024_and_hold_11()
    {
        var orders = RdpAccountant.DefaultOrders;

        Assert.Equal(orders.Distinct().Order(), orders);
        Assert.InRange(orders[0], 1.0001, 1.001);
        Assert.Equal(1024, orders[^1]);
        Assert.Contains(11, orders);
    }

    [Fact]
    public void Repeated_questions_get_the_same_answer_also_after_many_others()
    {
        var accountant = new RdpAccountant([2, 4, 8]);
        var first = accountant.Epsilon([new(0.1, 1, 10)], 1e-5);
        for (var i = 0; i < 600; i++)
        {
            accountant.Epsilon([new(0.1, 1 + i / 100.0, 10)], 1e-5);
        }

        Assert.Equal(first, accountant.Epsilon([new(0.1, 1, 10)], 1e-5));
    }

    private static double Epsilon(double rate, double sigma, long steps, double delta) =>
        Accountant.Epsilon([new MechanismEvent(rate, sigma, steps)], delta);

    private static IEnumerable<double> Log(double from, double to, int count) =>
        Enumerable.Range(0, count).Select(i => i == count - 1 ? to : from * Math.Pow(to / from, i / (count - 1.0)));

    private static void AssertRises(IEnumerable<double> arguments, Func<double, double> epsilon)
    {
        var values = arguments.Select(epsilon).ToArray();
        for (var i = 1; i < values.Length; i++)
        {
            Assert.True(values[i] >= values[i - 1], $"step {i}: {values[i - 1]} to {values[i]}");
        }

        Assert.True(values[^1] > values[0]);
    }
}
