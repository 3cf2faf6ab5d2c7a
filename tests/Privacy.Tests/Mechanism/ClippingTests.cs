// Goal: every line of the guarantee of ClippedSumAccumulator. Method: the sum is read in grid steps, which are whole
// numbers, and norms are compared in integer arithmetic, without any rounding.
using System.Numerics;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Privacy.Tests.Mechanism;

public class ClippingTests
{
    public static TheoryData<int, float, double> Cases()
    {
        var cases = new TheoryData<int, float, double>();
        foreach (var dimension in new[] { 1, 2, 7, 8, 15, 16, 17, 33, 1000, 16387 })
        {
            foreach (var scale in new[] { 0f, 1e-45f, 1e-38f, 1e-6f, 0.01f, 1f, 3f, 1e6f, 3e38f })
            {
                foreach (var clip in new[] { ClipNorm.Min, 1e-3, 0.1, 1, 1.5, 100, ClipNorm.Max })
                {
                    cases.Add(dimension, scale, clip);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_row_adds_more_than_the_clip_norm(int dimension, float scale, double clip)
    {
        var row = Row(dimension, scale, seed: dimension);
        var sum = Sum(clip, row);

        Assert.True(SquaredNorm(sum) <= SquaredClip(sum, clip));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_keeps_its_direction_and_the_length_that_is_allowed(int dimension, float scale, double clip)
    {
        var row = Row(dimension, scale, seed: dimension);
        var norm = Math.Sqrt(row.Sum(v => (double)v * v));
        var factor = Math.Min(1, clip / norm);
        var sum = Sum(clip, row);

        var grid = Math.ScaleB(1, sum.GridExponent);
        Assert.InRange(grid, Math.ScaleB(clip, -32), Math.ScaleB(clip, -31));
        for (var i = 0; i < row.Length; i++)
        {
            var expected = row[i] * (norm == 0 ? 0 : factor);
            Assert.InRange(sum.Steps[i] * grid, expected - 1.1 * grid, expected + 1.1 * grid);
            Assert.Equal(sum.Steps[i], Math.Truncate(sum.Steps[i]));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_vector_code_gives_the_bits_of_plain_loops(int dimension, float scale, double clip)
    {
        var row = Row(dimension, scale, seed: dimension + 1);
        var lanes = new double[16];
        var whole = dimension / 16 * 16;
        for (var i = 0; i < whole; i++)
        {
            lanes[i % 16] += (double)row[i] * row[i];
        }

        double Lane(int k) => (lanes[k] + lanes[k + 4]) + (lanes[k + 8] + lanes[k + 12]);
        var squares = (Lane(0) + Lane(1)) + (Lane(2) + Lane(3));
        squares = row[whole..].Aggregate(squares, (total, value) => total + (double)value * value);
        var norm = Math.Sqrt(squares) * (1 + Math.ScaleB(dimension + 16.0, -52));
        var sum = Sum(clip, row);
        var perStep = Math.ScaleB(norm > clip ? clip / norm : 1, -sum.GridExponent);

        Assert.Equal(row.Select(value => Math.Truncate(value * perStep)), sum.Steps.ToArray());
    }

    [Fact]
    public void Rows_exactly_at_the_clip_norm_in_float64_measure_at_most_the_clip_norm()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var row = Row(100, 1, seed);
            var clip = Math.Sqrt(row.Sum(v => (double)v * v));
            var sum = Sum(clip, row);

            Assert.True(SquaredNorm(sum) <= SquaredClip(sum, clip), $"seed {seed}");
        }
    }

    [Fact]
    public void Clipping_is_joint_over_all_trainables()
    {
        // Two tensors of two values each, norms 3 and 4: jointly 5, so clip 1 scales both by one fifth.
        var sum = Sum(1, [3, 0, 0, 4]);

        Assert.Equal([0.6, 0, 0, 0.8], Values(sum), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_row_with_a_value_that_is_not_finite_adds_nothing_and_is_counted(float bad)
    {
        for (var position = 0; position < 20; position++)
        {
            var poisoned = new float[20];
            poisoned[position] = bad;
            var sink = new ClippedSumAccumulator(new ClipNorm(1), 20);
            sink.AddRows(poisoned);
            sink.AddRows(Row(20, 0.01f, 1));
            sink.AddRows(Row(20, 10, 1));

            Assert.Equal((3, 1, 1), (sink.Examples, sink.NonFinite, sink.Clipped));
            var good = new ClippedSumAccumulator(new ClipNorm(1), 20);
            good.AddRows([.. Row(20, 0.01f, 1), .. Row(20, 10, 1)]);
            Assert.Equal(good.Take().Steps.ToArray(), sink.Take().Steps.ToArray());
        }
    }

    [Fact]
    public void The_sum_is_the_same_bits_for_every_order_and_every_split()
    {
        var rows = Enumerable.Range(0, 50).Select(seed => Row(37, seed % 3 == 0 ? 1e-3f : 5, seed)).ToArray();
        var together = Sum(1, [.. rows.SelectMany(r => r)]);
        var shuffled = new ClippedSumAccumulator(new ClipNorm(1), 37);
        foreach (var row in rows.OrderBy(r => r[0]))
        {
            shuffled.AddRows(row);
        }

        Assert.Equal(together.Steps.ToArray(), shuffled.Take().Steps.ToArray());

        ClippedSum Sum(double clip, float[] all)
        {
            var sink = new ClippedSumAccumulator(new ClipNorm(clip), 37);
            sink.AddRows(all);
            return sink.Take();
        }
    }

    [Fact]
    public void Removing_an_example_changes_the_sum_by_exactly_its_own_part()
    {
        var rows = Enumerable.Range(0, 200).Select(seed => Row(19, 3, seed)).ToArray();
        var all = Sum(0.7, rows);
        var without = Sum(0.7, rows[1..]);
        var alone = Sum(0.7, rows[0]);

        for (var i = 0; i < 19; i++)
        {
            Assert.Equal(alone.Steps[i], all.Steps[i] - without.Steps[i]);
        }
    }

    [Fact]
    public void The_sum_adds_rather_than_averages()
    {
        var sum = Sum(2, [1, 0], [1, 0], [0, 1]);

        Assert.Equal([2, 1], Values(sum));
    }

    [Fact]
    public void Each_take_starts_an_empty_batch()
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(1), 2);
        sink.AddRows([1, 0]);
        sink.Take();

        Assert.Equal([0, 0], sink.Take().Steps.ToArray());
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(1), 3);

        Assert.Throws<ArgumentException>(() => sink.AddRows([1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClippedSumAccumulator(new ClipNorm(1), 0));
        Assert.Equal(0, sink.Examples);
    }

    [Fact]
    public void More_examples_than_are_summed_exactly_are_refused()
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(1), 1);
        sink.AddRows(Enumerable.Repeat(1f, ClippedSumAccumulator.ExamplesMax).ToArray());

        Assert.Throws<InvalidOperationException>(() => sink.AddRows([1]));
        Assert.Equal(ClippedSumAccumulator.ExamplesMax, Values(sink.Take())[0], 0.01);
    }

    private static float[] Row(int dimension, float scale, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, dimension).Select(_ => (float)((2 * random.NextDouble() - 1) * scale))];
    }

    private static ClippedSum Sum(double clip, params float[][] rows)
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(clip), rows[0].Length);
        foreach (var row in rows)
        {
            sink.AddRows(row);
        }

        return sink.Take();
    }

    private static double[] Values(ClippedSum sum) =>
        [.. sum.Steps.ToArray().Select(step => Math.ScaleB(step, sum.GridExponent))];

    // Both in units of the grid / 2^30, in which the clip norm is a whole number too.
    private static BigInteger SquaredNorm(ClippedSum sum) =>
        sum.Steps.ToArray().Aggregate(BigInteger.Zero, (total, step) => total + BigInteger.Pow((long)step, 2))
        << 60;

    private static BigInteger SquaredClip(ClippedSum sum, double clip) =>
        BigInteger.Pow((BigInteger)Math.ScaleB(clip, 30 - sum.GridExponent), 2);
}
