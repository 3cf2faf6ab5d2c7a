namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// One-sided Jacobi (Hestenes; Golub and Van Loan, section 8.6). It rotates rows until they are orthogonal *relative
/// to their lengths*, so small singular values come out as accurately as large ones.
/// </summary>
public static class OneSidedJacobi
{
    /// <summary>
    /// J and W with J M = W, J orthogonal and the rows of W orthogonal to each other. So M = J^T W: the rows of J are
    /// left singular vectors, orthonormal whatever the rank, and the lengths of W's rows are the singular values,
    /// unsorted.
    /// </summary>
    /// <param name="matrix">M, n x n, finite, its largest magnitude not far from 1.</param>
    public static (Matrix Rotation, Matrix Rows) OrthogonalRows(Matrix matrix)
    {
        var rows = new Matrix(matrix.Rows, matrix.Columns, [.. matrix.Values]);
        var rotation = Matrix.Identity(matrix.Rows);
        for (var sweep = 0; sweep < JacobiRotation.SweepsMax && Sweep(rows, rotation); sweep++)
        {
        }

        return (rotation, rows);
    }

    /// <summary>Rotates every pair once; false where none needed it.</summary>
    private static bool Sweep(Matrix rows, Matrix rotation)
    {
        // An inner product of n terms is not known better than to about n roundings of its operands' lengths.
        var tolerance = rows.Columns * JacobiRotation.UnitRoundoff;
        var rotated = false;
        for (var p = 0; p < rows.Rows - 1; p++)
        {
            for (var q = p + 1; q < rows.Rows; q++)
            {
                var x = rows.Row(p);
                var y = rows.Row(q);
                var xx = FixedOrder.Dot(x, x);
                var yy = FixedOrder.Dot(y, y);
                var xy = FixedOrder.Dot(x, y);
                if (JacobiRotation.IsDiagonal(xx, yy, xy, tolerance))
                {
                    continue;
                }

                rotated = true;
                var turn = JacobiRotation.For(xx, yy, xy);
                FixedOrder.Rotate(x, y, turn.Cosine, turn.Sine);
                FixedOrder.Rotate(rotation.Row(p), rotation.Row(q), turn.Cosine, turn.Sine);
            }
        }

        return rotated;
    }
}
