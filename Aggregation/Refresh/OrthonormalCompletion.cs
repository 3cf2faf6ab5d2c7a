namespace FedLowRank.Aggregation.Refresh;

/// <summary>Extends a few orthonormal rows to an orthonormal basis in one definite way.</summary>
public static class OrthonormalCompletion
{
    /// <summary>
    /// Fills the rows from <paramref name="knownRows"/> on. Each becomes the unit vector that sticks out furthest
    /// from the span of the rows before it (the first of equals), made orthogonal to them and normalised; the
    /// projection runs twice, which is enough for orthogonality to rounding (Giraud et al., 2005).
    /// </summary>
    /// <param name="matrix">m x n with m &lt;= n; the first <paramref name="knownRows"/> rows are orthonormal.</param>
    /// <param name="knownRows">From 0 to m.</param>
    public static void FillRows(Matrix matrix, int knownRows)
    {
        for (var row = knownRows; row < matrix.Rows; row++)
        {
            var target = matrix.Row(row);
            target.Clear();
            target[FurthestAxis(matrix, row)] = 1;
            for (var pass = 0; pass < 2; pass++)
            {
                for (var k = 0; k < row; k++)
                {
                    FixedOrder.AddScaled(target, -FixedOrder.Dot(matrix.Row(k), target), matrix.Row(k));
                }
            }

            FixedOrder.Scale(target, 1 / Math.Sqrt(FixedOrder.Dot(target, target)));
        }
    }

    /// <summary>
    /// The axis with the smallest share in the first rows: |e_j|^2 - sum of M[k, j]^2 is largest there.
    /// </summary>
    private static int FurthestAxis(Matrix matrix, int rows)
    {
        var (furthest, smallest) = (0, double.PositiveInfinity);
        for (var j = 0; j < matrix.Columns; j++)
        {
            var share = 0.0;
            for (var k = 0; k < rows; k++)
            {
                share += matrix[k, j] * matrix[k, j];
            }

            if (share < smallest)
            {
                (furthest, smallest) = (j, share);
            }
        }

        return furthest;
    }
}
