namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// Eigenvectors of a small symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, section 8.5).
/// </summary>
public static class SymmetricJacobi
{
    /// <summary>
    /// V, r x r, orthogonal to rounding whatever the rank, with V^T G V diagonal. Columns lie by descending
    /// eigenvalue (equal ones in the order in which they arise), and the entry of largest magnitude of each column is
    /// positive, the first of equals deciding. The zero matrix gives the identity.
    /// </summary>
    /// <param name="symmetric">G, r x r, exactly symmetric and finite, its largest magnitude not far from 1.</param>
    public static Matrix Eigenvectors(Matrix symmetric)
    {
        var size = symmetric.Rows;
        var work = new Matrix(size, size, [.. symmetric.Values]);
        var rows = Matrix.Identity(size); // V^T: a vector is a row, so that a rotation runs over contiguous memory.
        for (var sweep = 0; sweep < JacobiRotation.SweepsMax && Sweep(work, rows); sweep++)
        {
        }

        var eigenvalues = new double[size];
        for (var i = 0; i < size; i++)
        {
            eigenvalues[i] = work[i, i];
        }

        var order = CanonicalOrder.Descending(eigenvalues);
        var vectors = new Matrix(size, size);
        for (var column = 0; column < size; column++)
        {
            var source = rows.Row(order[column]);
            var sign = CanonicalOrder.Sign(source);
            for (var i = 0; i < size; i++)
            {
                vectors[i, column] = sign * source[i];
            }
        }

        return vectors;
    }

    /// <summary>Rotates every pair once; false where none needed it.</summary>
    private static bool Sweep(Matrix work, Matrix rows)
    {
        var rotated = false;
        for (var p = 0; p < work.Rows - 1; p++)
        {
            for (var q = p + 1; q < work.Rows; q++)
            {
                var apq = work[p, q];
                if (JacobiRotation.IsDiagonal(work[p, p], work[q, q], apq, JacobiRotation.UnitRoundoff))
                {
                    continue;
                }

                rotated = true;
                var rotation = JacobiRotation.For(work[p, p], work[q, q], apq);
                work[p, p] -= rotation.Tangent * apq;
                work[q, q] += rotation.Tangent * apq;
                work[p, q] = work[q, p] = 0;
                for (var k = 0; k < work.Rows; k++)
                {
                    if (k != p && k != q)
                    {
                        var akp = work[k, p];
                        var akq = work[k, q];
                        work[k, p] = work[p, k] = (rotation.Cosine * akp) - (rotation.Sine * akq);
                        work[k, q] = work[q, k] = (rotation.Sine * akp) + (rotation.Cosine * akq);
                    }
                }

                FixedOrder.Rotate(rows.Row(p), rows.Row(q), rotation.Cosine, rotation.Sine);
            }
        }

        return rotated;
    }
}
