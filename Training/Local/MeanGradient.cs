using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Local;

/// <summary>Sums gradients in float64, in the order given, and takes their mean.</summary>
internal sealed class MeanGradient(int dimension) : IGradientSum
{
    private readonly double[] sum = new double[dimension];
    private readonly float[] mean = new float[dimension];
    private int count;

    /// <inheritdoc/>
    public int Dimension => sum.Length;

    /// <inheritdoc/>
    public ClippingRule? Rule => null;

    /// <inheritdoc/>
    public void AddRows(ReadOnlySpan<float> rows)
    {
        for (; !rows.IsEmpty; rows = rows[Dimension..])
        {
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += rows[i];
            }

            count++;
        }
    }

    /// <inheritdoc/>
    public void AddSum(ReadOnlySpan<double> block, RowCounts rows)
    {
        for (var i = 0; i < sum.Length; i++) sum[i] += block[i];
        count += rows.Examples;
    }

    /// <summary>
    /// The mean of the batch, scaled down to <paramref name="normMax"/> if it is longer; then starts the next batch.
    /// </summary>
    /// <returns>Valid until the next call.</returns>
    /// <exception cref="InvalidOperationException">The batch is empty, or its gradient is not finite.</exception>
    public ReadOnlySpan<float> Take(double normMax)
    {
        var squares = 0.0;
        foreach (var value in sum)
        {
            squares += value * value;
        }

        if (count == 0 || !double.IsFinite(squares))
        {
            throw new InvalidOperationException(
                count == 0
                    ? "a batch of no examples has no mean"
                    : "a gradient is not finite; the learning rate may be too large");
        }

        var norm = Math.Sqrt(squares) / count;
        var factor = norm > normMax ? normMax / norm / count : 1.0 / count;
        for (var i = 0; i < sum.Length; i++)
        {
            mean[i] = (float)(sum[i] * factor);
        }

        Array.Clear(sum);
        count = 0;
        return mean;
    }
}
