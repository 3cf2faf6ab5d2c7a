namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// M = U diag(S) V^T of a tall m x n matrix: U of m x n with orthonormal columns, S descending and not negative, V of
/// n x n orthogonal, the entry of largest magnitude of each V column positive (the first of equals decides). U and V
/// are orthonormal to rounding whatever the rank: where S is 0 they are completed in one definite way.
/// </summary>
public sealed class ThinSvd
{
    private readonly double[] singularValues;

    private ThinSvd(Matrix u, double[] singularValues, Matrix v)
    {
        U = u;
        this.singularValues = singularValues;
        V = v;
    }

    /// <summary>U, m x n.</summary>
    public Matrix U { get; }

    /// <summary>S, n values. What is below n 2^-52 of the largest cannot be told from rounding and is 0.</summary>
    public ReadOnlySpan<double> SingularValues => singularValues;

    /// <summary>V, n x n.</summary>
    public Matrix V { get; }

    /// <summary>Decomposes M by thin QR and one-sided Jacobi of R.</summary>
    /// <param name="matrix">M, m x n with m &gt;= n, finite.</param>
    /// <exception cref="ArgumentException">M is wider than high, or a value is not finite.</exception>
    public static ThinSvd Of(Matrix matrix)
    {
        var (scaled, exponent) = Matrix.Normalize(matrix);
        var (q, r) = ThinQr.Of(scaled);
        var (rotation, rows) = OneSidedJacobi.OrthogonalRows(r);
        var size = r.Rows;
        var norms = new double[size];
        for (var i = 0; i < size; i++)
        {
            norms[i] = Math.Sqrt(FixedOrder.Dot(rows.Row(i), rows.Row(i)));
        }

        var order = CanonicalOrder.Descending(norms);
        var negligible = size * Math.ScaleB(norms[order[0]], -52);
        var left = new Matrix(size, size);
        var right = new Matrix(size, size);
        var lengths = new double[size];
        var rank = 0;
        for (var i = 0; i < size; i++)
        {
            var sign = 1.0;
            if (norms[order[i]] > negligible)
            {
                sign = CanonicalOrder.Sign(rows.Row(order[i]));
                lengths[i] = Math.ScaleB(norms[order[i]], exponent);
                FixedOrder.AddScaled(right.Row(i), sign / norms[order[i]], rows.Row(order[i]));
                rank++;
            }

            FixedOrder.AddScaled(left.Row(i), sign, rotation.Row(order[i]));
        }

        OrthonormalCompletion.FillRows(right, rank);
        return new ThinSvd(q.Times(left.Transposed()), lengths, right.Transposed());
    }
}
