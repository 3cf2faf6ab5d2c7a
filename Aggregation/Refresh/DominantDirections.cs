using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// The few dominant directions of a large matrix, by block subspace iteration with Rayleigh-Ritz (Golub and Van Loan,
/// section 8.2.4; Halko, Martinsson and Tropp, arXiv 0909.4061, algorithm 4.4), from a fixed start.
/// </summary>
/// <remarks>
/// The result is orthonormal to rounding whatever the rank of the matrix. Where the spectrum falls by a factor g from
/// the wanted values to those beyond twice their number, the error shrinks by g in each iteration (g^2 for
/// <see cref="OfRows"/>). Where it is flat, so that the directions are hardly determined, the iteration ends after
/// <see cref="IterationsMax"/> with directions that hold nearly the same share of the matrix.
/// </remarks>
public static class DominantDirections
{
    /// <summary>Most products with the matrix.</summary>
    public const int IterationsMax = 200;

    /// <summary>A direction counts as found at this residual |C x - t x|, relative to the largest t.</summary>
    private const double Tolerance = 1e-10;

    /// <summary>The right singular vectors of the largest singular values of W, as rows, the largest first.</summary>
    /// <param name="matrix">W, m x n, finite.</param>
    /// <param name="count">From 1 to n.</param>
    /// <returns>count x n; the entry of largest magnitude of each row is positive.</returns>
    /// <exception cref="ArgumentException">The count is out of range, or a value is not finite.</exception>
    public static Matrix OfRows(Matrix matrix, int count)
    {
        var scaled = Matrix.Normalize(matrix).Scaled;
        var transposed = scaled.Transposed();
        return Find(rows => rows.Times(transposed).Times(scaled), matrix.Columns, count);
    }

    /// <summary>As <see cref="OfRows"/> of the product L R, which is not formed.</summary>
    /// <param name="left">L, m x k, finite.</param>
    /// <param name="right">R, k x n, finite.</param>
    /// <param name="count">From 1 to n.</param>
    /// <returns>count x n; the entry of largest magnitude of each row is positive.</returns>
    /// <exception cref="ArgumentException">
    /// The inner sizes differ, the count is out of range, or a value is not finite.
    /// </exception>
    public static Matrix OfProduct(Matrix left, Matrix right, int count)
    {
        var (l, r) = (Matrix.Normalize(left).Scaled, Matrix.Normalize(right).Scaled);
        var (lTransposed, rTransposed) = (l.Transposed(), r.Transposed());
        return Find(rows => rows.Times(rTransposed).Times(lTransposed).Times(l).Times(r), right.Columns, count);
    }

    /// <summary>The eigenvectors of the largest eigenvalues of C, as rows, the largest first.</summary>
    /// <param name="matrix">C, n x n, symmetric, positive semi-definite, finite.</param>
    /// <param name="count">From 1 to n.</param>
    /// <returns>count x n; the entry of largest magnitude of each row is positive.</returns>
    /// <exception cref="ArgumentException">
    /// C is not square, the count is out of range, or a value is not finite.
    /// </exception>
    public static Matrix OfSymmetric(Matrix matrix, int count)
    {
        if (matrix.Rows != matrix.Columns)
        {
            throw new ArgumentException($"{matrix.Rows} x {matrix.Columns}; expected a square", nameof(matrix));
        }

        var scaled = Matrix.Normalize(matrix).Scaled;
        return Find(rows => rows.Times(scaled), matrix.Columns, count);
    }

    /// <param name="apply">X C for X of b x n: each row times the symmetric C.</param>
    /// <param name="size">n.</param>
    /// <param name="count">Wanted directions.</param>
    private static Matrix Find(Func<Matrix, Matrix> apply, int size, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, size);

        // Twice as many rows as wanted, so that it is the gap beyond these that decides the speed.
        var rows = Start(Math.Min(size, count + Math.Max(count, 8)), size);
        for (var iteration = 1; ; iteration++)
        {
            var product = apply(rows);
            var small = Matrix.Normalize(Symmetric(product.Times(rows.Transposed()))).Scaled;
            var turn = SymmetricJacobi.Eigenvectors(small).Transposed();
            rows = turn.Times(rows);
            product = turn.Times(product);
            if (iteration == IterationsMax || Residual(rows, product, count) <= Tolerance)
            {
                return Leading(rows, count);
            }

            rows = ThinQr.Of(product.Transposed()).Q.Transposed();
        }
    }

    private static Matrix Start(int count, int size)
    {
        var sequence = new SeededSequence(0, "dominant directions");
        var rows = new Matrix(count, size);
        for (var i = 0; i < rows.Values.Length; i++)
        {
            rows.Values[i] = sequence.NextNormal();
        }

        return ThinQr.Of(rows.Transposed()).Q.Transposed();
    }

    /// <summary>(M + M^T) / 2: rounding leaves the two sides of a symmetric product a little apart.</summary>
    private static Matrix Symmetric(Matrix matrix)
    {
        var symmetric = new Matrix(matrix.Rows, matrix.Rows);
        for (var i = 0; i < matrix.Rows; i++)
        {
            for (var j = 0; j < matrix.Rows; j++)
            {
                symmetric[i, j] = (matrix[i, j] + matrix[j, i]) / 2;
            }
        }

        return symmetric;
    }

    /// <summary>Largest |C x - t x| of the wanted rows over the largest t; 0 where that is 0.</summary>
    private static double Residual(Matrix rows, Matrix product, int count)
    {
        var largest = FixedOrder.Dot(rows.Row(0), product.Row(0));
        var worst = 0.0;
        for (var i = 0; i < count; i++)
        {
            var difference = product.Row(i).ToArray();
            FixedOrder.AddScaled(difference, -FixedOrder.Dot(rows.Row(i), product.Row(i)), rows.Row(i));
            worst = Math.Max(worst, Math.Sqrt(FixedOrder.Dot(difference, difference)));
        }

        return largest > 0 ? worst / largest : 0;
    }

    private static Matrix Leading(Matrix rows, int count)
    {
        var leading = new Matrix(count, rows.Columns);
        for (var i = 0; i < count; i++)
        {
            FixedOrder.AddScaled(leading.Row(i), CanonicalOrder.Sign(rows.Row(i)), rows.Row(i));
        }

        return leading;
    }
}
