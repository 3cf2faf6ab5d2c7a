namespace FedLowRank.Aggregation.Refresh;

/// <summary>Thin QR decomposition by Householder reflections (Golub and Van Loan, section 5.2).</summary>
public static class ThinQr
{
    /// <summary>
    /// A column this small beside the largest value (which is in [1, 2)) counts as zero: its square would lose bits to
    /// underflow and the reflection its orthogonality.
    /// </summary>
    private const double NormNegligible = 1e-140;

    /// <summary>
    /// M = Q R with Q of m x n, Q^T Q = I to rounding whatever the rank of M, and R of n x n upper triangular with a
    /// diagonal that is not negative.
    /// </summary>
    /// <param name="matrix">M, m x n with m &gt;= n, finite.</param>
    /// <exception cref="ArgumentException">M is wider than high, or a value is not finite.</exception>
    public static (Matrix Q, Matrix R) Of(Matrix matrix)
    {
        if (matrix.Rows < matrix.Columns)
        {
            throw new ArgumentException(
                $"a {matrix.Rows} x {matrix.Columns} matrix has more columns than rows", nameof(matrix));
        }

        var (scaled, exponent) = Matrix.Normalize(matrix);
        var columns = scaled.Transposed(); // a column is a row, contiguous; reflector k replaces its tail from k on
        var size = columns.Rows;
        var diagonal = new double[size];
        var reflectorFactors = new double[size];
        for (var k = 0; k < size; k++)
        {
            var reflector = columns.Row(k)[k..];
            (diagonal[k], reflectorFactors[k]) = MakeReflector(reflector);
            for (var j = k + 1; j < size; j++)
            {
                Reflect(columns.Row(j)[k..], reflector, reflectorFactors[k]);
            }
        }

        var q = FormQ(columns, reflectorFactors);
        var r = new Matrix(size, size);
        for (var k = 0; k < size; k++)
        {
            var sign = diagonal[k] < 0 ? -1 : 1;
            r[k, k] = Math.ScaleB(sign * diagonal[k], exponent);
            for (var j = k + 1; j < size; j++)
            {
                r[k, j] = Math.ScaleB(sign * columns[j, k], exponent);
            }

            FixedOrder.Scale(q.Row(k), sign);
        }

        return (q.Transposed(), r);
    }

    /// <summary>
    /// Turns x into the v of H = I - f v v^T with H x = d e_0; returns d and f. A negligible x gives H = I, d = 0.
    /// </summary>
    private static (double Diagonal, double Factor) MakeReflector(Span<double> x)
    {
        var norm = Math.Sqrt(FixedOrder.Dot(x, x));
        if (norm < NormNegligible)
        {
            return (0, 0);
        }

        var diagonal = x[0] > 0 ? -norm : norm; // away from x[0]: no cancellation
        x[0] -= diagonal;
        return (diagonal, 2 / FixedOrder.Dot(x, x));
    }

    private static void Reflect(Span<double> target, ReadOnlySpan<double> reflector, double factor)
        => FixedOrder.AddScaled(target, -(factor * FixedOrder.Dot(reflector, target)), reflector);

    /// <summary>
    /// Q^T = the first n rows of H_(n-1) ... H_0, built from the last reflector so that leading zeros stay zero.
    /// </summary>
    private static Matrix FormQ(Matrix reflectors, double[] factors)
    {
        var q = new Matrix(reflectors.Rows, reflectors.Columns);
        for (var k = reflectors.Rows - 1; k >= 0; k--)
        {
            q[k, k] = 1;
            for (var j = k; j < reflectors.Rows; j++)
            {
                Reflect(q.Row(j)[k..], reflectors.Row(k)[k..], factors[k]);
            }
        }

        return q;
    }
}
