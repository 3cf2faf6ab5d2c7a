using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Engines.Tests.Torch;

/// <summary>
/// Keeps sums as they come, and clips rows by the plain words of the rule; what comes as a sum must be what the
/// accumulator takes.
/// </summary>
internal sealed class SumCollector(double clip, int dimension) : IGradientSum
{
    private readonly ClippedSumAccumulator accumulator = new(new ClipNorm(clip), dimension);

    public int Dimension => dimension;

    public ClippingRule Rule => accumulator.Rule;

    /// <summary>In grid steps.</summary>
    public double[] Sum { get; } = new double[dimension];

    public RowCounts Counts { get; private set; }

    public int Calls { get; private set; }

    public void AddRows(ReadOnlySpan<float> rows)
    {
        for (; !rows.IsEmpty; rows = rows[dimension..])
        {
            var squares = 0.0;
            foreach (double value in rows[..dimension])
            {
                squares += value * value;
            }

            if (!double.IsFinite(squares))
            {
                Add(new RowCounts(1, 0, 1));
                continue;
            }

            var norm = Math.Sqrt(squares) * Rule.NormSlack;
            var factor = norm > Rule.Clip.Value ? Rule.Clip.Value / norm : 1;
            Add(new RowCounts(1, factor < 1 ? 1 : 0, 0));
            for (var i = 0; i < dimension; i++)
            {
                Sum[i] += Math.Truncate(rows[i] * Math.ScaleB(factor, -Rule.GridExponent));
            }
        }
    }

    public void AddSum(ReadOnlySpan<double> block, RowCounts rows)
    {
        accumulator.AddSum(block, rows);
        Calls++;
        Add(rows);
        for (var i = 0; i < dimension; i++)
        {
            Sum[i] += block[i];
        }
    }

    /// <summary>Norm of the difference of two sums as a share of the norm.</summary>
    public double Distance(SumCollector other)
    {
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < dimension; i++)
        {
            difference += Math.Pow(Sum[i] - other.Sum[i], 2);
            norm += Math.Pow(Sum[i], 2);
        }

        return Math.Sqrt(difference / norm);
    }

    private void Add(RowCounts rows) => Counts = new RowCounts(
        Counts.Examples + rows.Examples, Counts.Clipped + rows.Clipped, Counts.NonFinite + rows.NonFinite);
}
