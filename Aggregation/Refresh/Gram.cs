namespace FedLowRank.Aggregation.Refresh;

/// <summary>Inner products of the columns of a tall matrix.</summary>
public static class Gram
{
    /// <summary>M^T M, n x n, for M of m x n. Exactly symmetric.</summary>
    public static Matrix OfColumns(Matrix matrix) => OfRows(matrix.Transposed());

    /// <summary>M M^T, m x m, for M of m x n. Exactly symmetric.</summary>
    public static Matrix OfRows(Matrix matrix)
    {
        var gram = new Matrix(matrix.Rows, matrix.Rows);
        for (var p = 0; p < matrix.Rows; p++)
        {
            for (var q = p; q < matrix.Rows; q++)
            {
                gram[p, q] = gram[q, p] = FixedOrder.Dot(matrix.Row(p), matrix.Row(q));
            }
        }

        return gram;
    }
}
