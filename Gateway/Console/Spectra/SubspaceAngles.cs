using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Gateway.Console.Spectra;

/// <summary>How far two row spaces are apart.</summary>
internal static class SubspaceAngles
{
    /// <summary>
    /// The principal angles of the row spaces in degrees, descending (Björck and Golub, Mathematics of Computation 27,
    /// 1973): by their sines, the singular values of (I - P P^T) Q with P and Q orthonormal bases, for their cosines
    /// would show a space that has not moved at all as turned by 1e-6 degrees.
    /// </summary>
    /// <param name="before">r x d.</param>
    /// <param name="after">r x d.</param>
    /// <returns>r angles from 0 to 90; null where a space has fewer than r dimensions.</returns>
    public static IReadOnlyList<double>? Between(Matrix before, Matrix after)
    {
        if (BasisOf(before) is not { } p || BasisOf(after) is not { } q) return null;
        var along = p.Times(p.Transposed().Times(q));
        var across = new Matrix(q.Rows, q.Columns);
        for (var i = 0; i < across.Values.Length; i++) across.Values[i] = q.Values[i] - along.Values[i];
        return
        [
            .. ThinSvd.Of(across).SingularValues.ToArray().Select(sine => Math.Asin(Math.Min(sine, 1)) * 180 / Math.PI),
        ];
    }

    private static Matrix? BasisOf(Matrix rows)
    {
        var svd = ThinSvd.Of(rows.Transposed());
        return svd.SingularValues[^1] > 0 ? svd.U : null;
    }
}
