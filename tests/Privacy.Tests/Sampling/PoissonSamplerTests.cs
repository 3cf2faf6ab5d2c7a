// Goal: each record is drawn by itself with the accounted probability, never more.
using System.Buffers.Binary;
using System.Numerics;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Tests.Sampling;

public class PoissonSamplerTests
{
    /// <summary>Two-sided tail of a normal value with probability 1e-10, in standard deviations.</summary>
    private const double Far = 6.47;

    [Theory]
    [InlineData(1e-4)]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(0.97)]
    public void The_mean_batch_is_q_times_the_number_of_records(double q)
    {
        const int Records = 2000, Batches = 1000;
        var sampler = new PoissonSampler(new SamplingRate(q), new SystemSource());
        var sizes = Enumerable.Range(0, Batches).Select(_ => (double)sampler.Sample(Records).Length).ToArray();

        // At the smallest mean, 200 draws in all, the tail is Poisson's: 1.3 times the normal bound has it below 1e-10.
        var deviation = Math.Sqrt(q * (1 - q) * Records * Batches);
        Assert.InRange((sizes.Sum() - q * Records * Batches) / deviation, -1.3 * Far, 1.3 * Far);
    }

    [Fact]
    public void Batch_sizes_vary_as_independent_draws_do()
    {
        const int Batches = 20_000;
        var sampler = new PoissonSampler(new SamplingRate(0.2), new SeededSource(1));
        var sizes = Enumerable.Range(0, Batches).Select(_ => (double)sampler.Sample(100).Length).ToArray();

        var variance = sizes.Average(size => (size - 20) * (size - 20));
        Assert.InRange(variance / 16, 0.93, 1.07);
    }

    [Fact]
    public void Every_position_is_drawn_equally_often_and_afresh()
    {
        const int Records = 1100, Batches = 5000;
        var sampler = new PoissonSampler(new SamplingRate(0.3), new SeededSource(2));
        var counts = new int[Records];
        var both = 0;
        var previous = new HashSet<int>();
        for (var batch = 0; batch < Batches; batch++)
        {
            var drawn = sampler.Sample(Records);
            Assert.Equal(drawn.Order().Distinct(), drawn);
            both += drawn.Count(previous.Contains);
            previous = [.. drawn];
            foreach (var index in drawn)
            {
                counts[index]++;
            }
        }

        var deviation = Math.Sqrt(0.3 * 0.7 * Batches);
        Assert.All(counts, count => Assert.InRange((count - 0.3 * Batches) / deviation, -Far, Far));
        Assert.InRange(both / (0.09 * Records * (Batches - 1.0)), 0.99, 1.01);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1e-4)]
    [InlineData(1 / 3.0)]
    [InlineData(0.99999999999999989)]
    public void The_comparison_has_64_bits_and_never_exceeds_q(double q)
    {
        // floor(q 2^64), in whole numbers: q is a multiple of 2^-1074.
        var threshold = (ulong)((BigInteger)Math.ScaleB(q, 200) >> 136);

        Assert.Equal([0], Drawn(threshold - 1));
        Assert.Empty(Drawn(threshold));

        int[] Drawn(ulong bits) => new PoissonSampler(new SamplingRate(q), new FixedSource(bits)).Sample(1);
    }

    [Fact]
    public void Rate_one_takes_every_record() =>
        Assert.Equal([0, 1, 2, 3], new PoissonSampler(new SamplingRate(1), new FixedSource(ulong.MaxValue)).Sample(4));

    [Theory]
    [InlineData(1e-30)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void No_record_gives_an_empty_batch(double q) =>
        Assert.Empty(new PoissonSampler(new SamplingRate(q), new SystemSource()).Sample(0));

    [Fact]
    public void A_rate_below_the_resolution_draws_nothing() =>
        Assert.Empty(new PoissonSampler(new SamplingRate(1e-30), new FixedSource(0)).Sample(1000));

    private sealed class FixedSource(ulong bits) : IRandomSource
    {
        public void Fill(Span<byte> buffer)
        {
            for (; !buffer.IsEmpty; buffer = buffer[sizeof(ulong)..])
            {
                BinaryPrimitives.WriteUInt64LittleEndian(buffer, bits);
            }
        }
    }
}
