// Goal: the noise is N(0, (sigma C)^2) in every value, fresh each time, on a coarse grid, and cannot be left out.
// Method: the exact sum is known (zero, or one example), so the noise is seen by itself. The Kolmogorov-Smirnov bound
// is the Dvoretzky-Kiefer-Wolfowitz-Massart inequality, which holds for every sample size.
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Privacy.Tests.Mechanism;

public class NoiseTests(ITestOutputHelper output)
{
    private const int Dimension = 1_000_000;

    /// <summary>Two-sided tail of a normal value with probability 1e-10, in standard deviations.</summary>
    private const double Far = 6.47;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, 4)]
    [InlineData(30, 0.01)]
    public void Noise_is_gaussian_with_standard_deviation_sigma_times_clip(double sigma, double clip) =>
        AssertStandardNormal(NoiseOfEmptyBatch(sigma, clip, new SeededSource(1)));

    [Fact]
    public void Noise_from_the_system_generator_is_gaussian() =>
        AssertStandardNormal(NoiseOfEmptyBatch(1.3, 0.7, new SystemSource()));

    [Fact]
    public void Tails_have_their_share()
    {
        var noise = NoiseOfEmptyBatch(1, 1, new SeededSource(2));

        // Expected beyond 4: Dimension x 6.334e-5.
        var beyond = noise.Count(value => Math.Abs(value) > 4);
        var expected = Dimension * 6.334e-5;
        Assert.InRange(beyond, expected - Far * Math.Sqrt(expected), expected + Far * Math.Sqrt(expected));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x7f)]
    [InlineData(0xff)]
    public void The_ends_of_the_uniform_range_give_finite_noise(byte bits)
    {
        var values = new ClippedSumAccumulator(new ClipNorm(1), 600).Take()
            .AddNoise(new NoiseMultiplier(1), new ConstantSource(bits)).Values.ToArray();

        Assert.All(values, value => Assert.InRange(value, -9.5, 9.5));
        Assert.Equal(bits == 0x00, values.Any(value => Math.Abs(value) > 9.4));
    }

    [Fact]
    public void Neighbouring_and_paired_values_are_uncorrelated()
    {
        var noise = NoiseOfEmptyBatch(1, 1, new SeededSource(3));
        foreach (var lag in new[] { 1, 2, 511, 512, 513 })
        {
            var products = Enumerable.Range(0, Dimension - lag).Average(i => noise[i] * noise[i + lag]);
            var squares = Enumerable.Range(0, Dimension - lag)
                .Average(i => (noise[i] * noise[i] - 1) * (noise[i + lag] * noise[i + lag] - 1) / 2);
            Assert.InRange(products * Math.Sqrt(Dimension), -Far, Far);
            Assert.InRange(squares * Math.Sqrt(Dimension), -Far, Far);
        }
    }

    [Fact]
    public void Noise_differs_each_time()
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(1), 100);
        var source = new SystemSource();
        var first = sink.Take().AddNoise(new NoiseMultiplier(1), source).Values.ToArray();
        var second = sink.Take().AddNoise(new NoiseMultiplier(1), source).Values.ToArray();

        // Chance that two values of 2^-19 grid agree: below 2^-19; that all 100 do: nil.
        Assert.NotEqual(first, second);
        Assert.Equal(100, first.Distinct().Count(), 1.0);
    }

    [Fact]
    public void The_sum_lies_below_the_noise_unchanged()
    {
        // Same bytes, with and without an example: the difference is the example's clipped part, up to the grid.
        var sink = new ClippedSumAccumulator(new ClipNorm(2), 700);
        var row = Enumerable.Range(0, 700).Select(i => i % 2 == 0 ? 1f : -0.5f).ToArray();
        var factor = 2 / Math.Sqrt(row.Sum(v => (double)v * v));
        sink.AddRows(row);
        sink.AddRows(row);
        var with = sink.Take().AddNoise(new NoiseMultiplier(1), new SeededSource(4)).Values.ToArray();
        var without = sink.Take().AddNoise(new NoiseMultiplier(1), new SeededSource(4)).Values.ToArray();

        for (var i = 0; i < row.Length; i++)
        {
            Assert.Equal(2 * factor * row[i], with[i] - without[i], 2 * Math.ScaleB(1, -18));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.7, 3.3)]
    [InlineData(NoiseMultiplier.Min, ClipNorm.Min)]
    [InlineData(NoiseMultiplier.Max, ClipNorm.Max)]
    public void What_is_released_lies_on_a_coarse_power_of_two_grid(double sigma, double clip)
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(clip), 5000);
        sink.AddRows(Enumerable.Repeat((float)clip, 5000).ToArray());
        var sum = sink.Take().AddNoise(new NoiseMultiplier(sigma), new SeededSource(5));
        var grid = Math.ScaleB(1, Math.ILogB(sigma * clip) - 19);
        Assert.True(grid >= Math.ScaleB(sigma * clip, -20));

        Assert.All(sum.Values.ToArray(), value => Assert.Equal(Math.Round(value / grid), value / grid));
        Assert.Contains(sum.Values.ToArray(), value => value / grid % 2 != 0);
    }

    [Fact]
    public void One_sum_takes_noise_once()
    {
        var sum = new ClippedSumAccumulator(new ClipNorm(1), 3).Take();
        sum.AddNoise(new NoiseMultiplier(1), new SeededSource(6));

        Assert.Throws<InvalidOperationException>(() => sum.AddNoise(new NoiseMultiplier(1), new SeededSource(6)));
    }

    [Fact]
    public void A_source_that_fails_leaves_no_sum_behind()
    {
        var sum = new ClippedSumAccumulator(new ClipNorm(1), 3).Take();

        Assert.Throws<IOException>(() => sum.AddNoise(new NoiseMultiplier(1), new BrokenSource()));
        Assert.Throws<InvalidOperationException>(() => sum.AddNoise(new NoiseMultiplier(1), new SeededSource(7)));
    }

    private static double[] NoiseOfEmptyBatch(double sigma, double clip, IRandomSource source)
    {
        var sum = new ClippedSumAccumulator(new ClipNorm(clip), Dimension).Take()
            .AddNoise(new NoiseMultiplier(sigma), source);
        Assert.Equal((sigma, clip), (sum.Sigma.Value, sum.Clip.Value));
        return [.. sum.Values.ToArray().Select(value => value / (sigma * clip))];
    }

    private void AssertStandardNormal(double[] values)
    {
        var n = values.Length;
        var mean = values.Average();
        var variance = values.Average(value => value * value);
        var kurtosis = values.Average(value => Math.Pow(value, 4));
        Array.Sort(values);
        var distance = values.Select((value, i) =>
        {
            var probability = NormalDistribution.Cumulative(value);
            return Math.Max(probability - i / (double)n, (i + 1) / (double)n - probability);
        }).Max();
        output.WriteLine($"mean {mean:E2}, variance {variance:F5}, kurtosis {kurtosis:F4}, KS {distance:E2}");

        Assert.InRange(mean * Math.Sqrt(n), -Far, Far);
        Assert.InRange((variance - 1) * Math.Sqrt(n / 2.0), -Far, Far);
        Assert.InRange((kurtosis - 3) * Math.Sqrt(n / 96.0), -2 * Far, 2 * Far);
        Assert.InRange(distance, 0, Math.Sqrt(Math.Log(2 / 1e-10) / (2.0 * n)));
    }

    private sealed class ConstantSource(byte value) : IRandomSource
    {
        public void Fill(Span<byte> buffer) => buffer.Fill(value);
    }

    private sealed class BrokenSource : IRandomSource
    {
        public void Fill(Span<byte> buffer) => throw new IOException("no entropy");
    }
}
