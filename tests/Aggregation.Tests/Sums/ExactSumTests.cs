using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;
using FsCheck;
using FsCheck.Fluent;

namespace FedLowRank.Aggregation.Tests.Sums;

/// <summary>
/// Goal: the mean is exact and the same bits however the updates arrive and the work is split. Method: properties over
/// permutations and partitions (fixed replay seed), big-integer arithmetic as the reference, and the limits by value.
/// </summary>
public sealed class ExactSumTests
{
    private static readonly Config Replay = Config.QuickThrowOnFailure
        .WithMaxTest(200).WithReplay(2505, 12805).WithQuietOnSuccess(true);

    private static readonly UpdateGrid Grid = new(
        new TensorLayout([new TensorSpec("b", 2, 3), new TensorSpec("a", 1, 4), new TensorSpec("head", 5, 1)]),
        [new TensorGrid(-24), new TensorGrid(-30, 1000), new TensorGrid(3)]);

    [Fact]
    public void Any_order_gives_the_same_bits()
        => Check.One(Replay, Prop.ForAll(Orders, shuffled =>
        {
            var updates = Updates(shuffled.Length);
            return Bits(SumOf(shuffled.Select(i => updates[i]))).SequenceEqual(Bits(SumOf(updates)));
        }));

    [Fact]
    public void Any_partition_of_the_agents_merges_to_the_same_bits()
        => Check.One(Replay, Prop.ForAll(Orders, shuffled =>
        {
            // The permutation also serves as a random assignment to three partial sums.
            var updates = Updates(shuffled.Length);
            var merged = new ExactSum(Grid);
            foreach (var part in shuffled.GroupBy(i => shuffled[i] % 3))
            {
                merged.Merge(SumOf(part.Select(i => updates[i])));
            }

            return Bits(merged).SequenceEqual(Bits(SumOf(updates)));
        }));

    [Fact]
    public void A_split_by_tensors_gives_the_slices_of_the_whole()
    {
        var updates = Updates(9);
        var whole = SumOf(updates).Mean();
        foreach (var (first, count) in new[] { (0, 1), (1, 2), (2, 1), (0, 3) })
        {
            var part = new ExactSum(Grid.Part(first, count));
            var range = new Range(Grid.Layout.Offsets[first], Grid.Layout.Offsets[first] + part.Grid.Layout.Count);
            foreach (var (values, weight) in updates)
            {
                Assert.True(part.TryAdd(values.AsSpan(range), weight, out _));
            }

            Assert.Equal(whole[range], part.Mean());
        }
    }

    [Fact]
    public void The_mean_is_the_exact_mean_rounded_once()
    {
        var updates = Updates(50);
        var mean = SumOf(updates).Mean();
        var totalWeight = updates.Sum(u => (long)u.Weight);
        for (var t = 0; t < Grid.Tensors.Length; t++)
        {
            for (var i = Grid.Layout.Offsets[t]; i < Grid.Layout.Offsets[t] + Grid.Layout.Tensors[t].Count; i++)
            {
                var steps = updates.Sum(u => u.Weight * (long)(u.Values[i] / Grid.Tensors[t].Step));
                ExactQuotientTests.AssertCorrectlyRounded(steps, totalWeight, mean[i] / Grid.Tensors[t].Step);
            }
        }
    }

    [Fact]
    public void Tensors_of_every_length_and_extreme_values_and_weights_are_summed_exactly()
    {
        for (var length = 1; length <= 70; length++)
        {
            var random = new Random(length);
            var tensor = new TensorGrid(random.Next(TensorGrid.StepExponentMin, TensorGrid.StepExponentMax + 1));
            var grid = new UpdateGrid(new TensorLayout([new TensorSpec("t", length, 1)]), [tensor]);
            var (sum, steps, total) = (new ExactSum(grid), new long[length], 0L);
            for (var agent = 0; agent < 20; agent++)
            {
                var weight = agent % 3 == 0 ? ExactSum.WeightMax : 1 + random.Next(ExactSum.WeightMax);
                var values = new float[length];
                for (var i = 0; i < length; i++)
                {
                    long k = random.Next(4) switch
                    {
                        0 => TensorGrid.StepsLimit,
                        1 => -TensorGrid.StepsLimit,
                        _ => random.Next(-TensorGrid.StepsLimit, TensorGrid.StepsLimit + 1),
                    };
                    values[i] = (float)(k * tensor.Step);
                    steps[i] += weight * k;
                }

                total += weight;
                Assert.True(sum.TryAdd(values, weight, out var refusal), refusal?.Message);
            }

            var mean = sum.Mean();
            for (var i = 0; i < length; i++)
                ExactQuotientTests.AssertCorrectlyRounded(steps[i], total, mean[i] / tensor.Step);
        }
    }

    [Theory]
    [InlineData(float.NaN, typeof(UpdateRefusal.NotFinite))]
    [InlineData(float.PositiveInfinity, typeof(UpdateRefusal.NotFinite))]
    [InlineData(float.Epsilon, typeof(UpdateRefusal.OffGrid))]
    [InlineData(1.5f / (1 << 30), typeof(UpdateRefusal.OffGrid))]
    [InlineData(1001f / (1 << 30), typeof(UpdateRefusal.OutOfBound))]
    [InlineData(-1e38f, typeof(UpdateRefusal.OutOfBound))]
    public void A_bad_value_is_refused_by_place_and_leaves_no_trace(float value, Type refusalType)
    {
        var sum = SumOf(Updates(5));
        var before = Bits(sum);
        var values = Updates(6)[5].Values;
        values[Grid.Layout.Offsets[1] + 2] = value;

        Assert.False(sum.TryAdd(values, 3, out var refusal));
        Assert.IsType(refusalType, refusal);
        Assert.StartsWith("a[2] is", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Bits(sum));
        Assert.Equal(5, sum.AgentCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(ExactSum.WeightMax + 1)]
    public void A_weight_outside_its_range_is_refused(int weight)
    {
        var sum = new ExactSum(Grid);
        Assert.False(sum.TryAdd(new float[Grid.Layout.Count], weight, out var refusal));
        Assert.Equal(new UpdateRefusal.WeightOutOfRange(weight, ExactSum.WeightMax), refusal);
        Assert.Equal(0, sum.TotalWeight);
    }

    [Fact]
    public void Another_length_is_refused()
    {
        Assert.False(new ExactSum(Grid).TryAdd(new float[14], 1, out var refusal));
        Assert.Equal(new UpdateRefusal.WrongLength(14, 15), refusal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void The_largest_sum_of_all_neither_overflows_nor_rounds(int sign)
    {
        var grid = new UpdateGrid(new TensorLayout([new TensorSpec("t", 1, 1)]), [new TensorGrid(0)]);
        var sum = new ExactSum(grid);
        for (var agent = 0; agent < ExactSum.AgentsMax; agent++)
        {
            Assert.True(sum.TryAdd([sign * (1 << 24)], ExactSum.WeightMax, out _));
        }

        Assert.Equal(1L << 36, sum.TotalWeight);
        Assert.Equal([sign * (1 << 24)], sum.Mean());
        Assert.False(sum.TryAdd([0], 1, out var refusal));
        Assert.Equal(new UpdateRefusal.TooManyAgents(ExactSum.AgentsMax), refusal);
        var one = new ExactSum(grid);
        Assert.True(one.TryAdd([0], 1, out _));
        Assert.Throws<ArgumentException>(() => sum.Merge(one));
    }

    [Fact]
    public void Sums_on_different_grids_do_not_merge()
    {
        var other = new UpdateGrid(Grid.Layout, [new TensorGrid(-24), new TensorGrid(-30, 999), new TensorGrid(3)]);
        Assert.Throws<ArgumentException>(() => new ExactSum(Grid).Merge(new ExactSum(other)));
        var same = new UpdateGrid(new TensorLayout(Grid.Layout.Tensors), Grid.Tensors);
        new ExactSum(Grid).Merge(new ExactSum(same));
    }

    [Fact]
    public void An_empty_sum_has_no_mean() => Assert.Throws<InvalidOperationException>(() => new ExactSum(Grid).Mean());

    [Fact]
    public void Weights_follow_the_rule()
    {
        Assert.Equal(1, new WeightRule.Equal().WeightFor(500));
        Assert.Equal(500, new WeightRule.Declared(1000).WeightFor(500));
        Assert.Equal(1000, new WeightRule.Declared(1000).WeightFor(5000));
        Assert.Equal(-3, new WeightRule.Declared(1000).WeightFor(-3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightRule.Declared(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightRule.Declared(ExactSum.WeightMax + 1));
    }

    /// <summary>Random permutations of 1 to 30 agents.</summary>
    private static Arbitrary<int[]> Orders
        => Gen.Choose(1, 30).SelectMany(count => Gen.Shuffle(Enumerable.Range(0, count).ToArray())).ToArbitrary();

    /// <summary>Seeded updates over the whole grid, with weights up to the limit.</summary>
    private static (float[] Values, int Weight)[] Updates(int count) => [.. Enumerable.Range(0, count).Select(agent =>
    {
        var sequence = new SeededSequence(50, $"agent {agent}");
        var values = new float[Grid.Layout.Count];
        for (var t = 0; t < Grid.Tensors.Length; t++)
        {
            foreach (ref var value in Grid.Layout.Slice(values.AsSpan(), t))
            {
                value = (float)(sequence.NextSymmetric() * Grid.Tensors[t].Bound);
            }
        }

        GridRounding.Round(values, Grid, values);
        return (values, 1 + (int)(sequence.NextBits() % ExactSum.WeightMax));
    })];

    private static ExactSum SumOf(IEnumerable<(float[] Values, int Weight)> updates)
    {
        var sum = new ExactSum(Grid);
        foreach (var (values, weight) in updates)
        {
            Assert.True(sum.TryAdd(values, weight, out var refusal), refusal?.Message);
        }

        return sum;
    }

    private static IEnumerable<long> Bits(ExactSum sum) => [.. sum.Mean().Select(BitConverter.DoubleToInt64Bits)];
}
