// Goal: a sum made elsewhere by the rule is as good as rows, and what cannot be such a sum is refused. Method: the rule
// carried out in plain loops, in another order than the accumulator's, on rows of all sizes.
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Privacy.Tests.Mechanism;

public sealed class DeviceSumTests
{
    private const int Dimension = 37;

    [Theory]
    [InlineData(0.01)]
    [InlineData(1)]
    [InlineData(50)]
    public void A_sum_made_by_the_rule_is_the_sum_of_the_rows(double clip)
    {
        var rows = Rows(clip);
        var byRows = new ClippedSumAccumulator(new ClipNorm(clip), Dimension);
        foreach (var row in rows) byRows.AddRows(row);

        var bySum = new ClippedSumAccumulator(new ClipNorm(clip), Dimension);
        var (sum, counts) = Device(rows, bySum.Rule);
        bySum.AddSum(sum, counts);

        Assert.Equal(
            (byRows.Examples, byRows.Clipped, byRows.NonFinite), (bySum.Examples, bySum.Clipped, bySum.NonFinite));

        // The norms may differ by one rounding, so a term may be cut one grid step elsewhere.
        var expected = byRows.Take().Steps.ToArray();
        var actual = bySum.Take().Steps.ToArray();
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.First - pair.Second, -rows.Count, rows.Count));

        var terms = new double[Dimension];
        foreach (var row in rows) bySum.Rule.AddTerm(row, terms);
        Assert.All(expected.Zip(terms), pair => Assert.InRange(pair.First - pair.Second, -rows.Count, rows.Count));
        Assert.Throws<ArgumentException>(() => bySum.Rule.AddTerm(rows[0], terms.AsSpan(1)));
    }

    [Fact]
    public void Sums_and_rows_add_up_in_one_batch()
    {
        var rows = Rows(1);
        var accumulator = new ClippedSumAccumulator(new ClipNorm(1), Dimension);
        var (sum, counts) = Device(rows, accumulator.Rule);
        accumulator.AddSum(sum, counts);
        accumulator.AddSum(sum, counts);
        Assert.Equal(2 * rows.Count, accumulator.Examples);
        Assert.Equal(sum.Select(v => 2 * v), accumulator.Take().Steps.ToArray());
    }

    [Fact]
    public void What_cannot_be_a_clipped_sum_is_refused_and_changes_nothing()
    {
        var accumulator = new ClippedSumAccumulator(new ClipNorm(1), Dimension);
        var longest = Math.ScaleB(1, -accumulator.Rule.GridExponent);
        double[] Only(double value) => [value, .. new double[Dimension - 1]];
        var one = new RowCounts(1, 0, 0);

        Refuse(new double[Dimension - 1], one, "36 values; expected 37");
        Refuse(Only(0.5), one, "0.5 is no whole number");
        Refuse(Only(double.NaN), one, "NaN is no whole number");
        Refuse(Only(double.PositiveInfinity), one, "longer than they can be");
        Refuse(Only(longest + 1), one, "1 clipped gradients is longer");
        Refuse(Only(longest), new RowCounts(1, 0, 1), "0 clipped gradients is longer");
        Refuse(Only(1), new RowCounts(1, 2, 0), "cannot be");
        Refuse(Only(1), new RowCounts(1, 0, -1), "cannot be");
        Assert.Throws<InvalidOperationException>(() => accumulator.AddSum(
            Only(1), new RowCounts(ClippedSumAccumulator.ExamplesMax + 1, 0, 0)));
        Assert.Equal(0, accumulator.Examples);

        accumulator.AddSum(Only(longest), one);
        Assert.Equal(Only(longest), accumulator.Take().Steps.ToArray());

        void Refuse(double[] sum, RowCounts counts, string message) => Assert.Contains(
            message, Assert.Throws<ArgumentException>(() => accumulator.AddSum(sum, counts)).Message);
    }

    private static List<float[]> Rows(double clip)
    {
        var random = new Random(3);
        float[] Row(double scale) =>
            [.. Enumerable.Range(0, Dimension).Select(_ => (float)(scale * clip * (random.NextDouble() - 0.5)))];
        return [Row(0), Row(1e-9), Row(0.01), Row(1), Row(30), Row(1e6), [float.NaN, .. Row(1)[1..]]];
    }

    private static (double[] Sum, RowCounts Counts) Device(List<float[]> rows, ClippingRule rule)
    {
        var sum = new double[Dimension];
        var (clipped, nonFinite) = (0, 0);
        foreach (var row in rows)
        {
            var squares = row.Reverse().Sum(v => (double)v * v);
            if (!double.IsFinite(squares))
            {
                nonFinite++;
                continue;
            }

            var norm = Math.Sqrt(squares) * rule.NormSlack;
            if (norm > rule.Clip.Value) clipped++;
            var factor = norm > rule.Clip.Value ? rule.Clip.Value / norm : 1;
            for (var i = 0; i < Dimension; i++)
                sum[i] += Math.Truncate(row[i] * Math.ScaleB(factor, -rule.GridExponent));
        }

        return (sum, new RowCounts(rows.Count, clipped, nonFinite));
    }
}
