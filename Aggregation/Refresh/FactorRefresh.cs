using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// FedSVD's refactorisation (arXiv 2505.12805): B A is written again as B' A' with orthonormal rows of A' and
/// orthogonal columns of B', the longest first. Nothing of size d_out x d_in is formed.
/// </summary>
public static class FactorRefresh
{
    /// <summary>
    /// A counts as orthonormal while max |A A^T - I| is within this; beyond it QR makes A orthonormal anew. A refresh
    /// adds about 1e-15 at rank 8 and 1e-14 at rank 64, so a run that starts orthonormal gets by with rotations for
    /// 10,000 rounds.
    /// </summary>
    public const double OrthonormalTolerance = 1e-10;

    /// <summary>
    /// The state before a round that trains B. With orthonormal A and V the eigenvectors of B^T B:
    /// A' = V^T A and B' = B V, so that B' A' = B V V^T A = B A.
    /// Otherwise A^T = Q R first, and the same with Q^T for A and B R^T for B.
    /// </summary>
    /// <remarks>
    /// V is orthogonal to rounding whatever the rank of B, so a rank-deficient B needs no special case, and for zero B
    /// it is the identity. The squared condition number of B^T B costs nothing but a less exact direction of the
    /// smallest columns of B': B' A' = B A and A' A'^T = I do not depend on it.
    /// Order and signs: <see cref="SymmetricJacobi"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">A value is not finite, or there is an inner matrix.</exception>
    public static RefreshedFactors ForBRound(LoraFactors factors)
    {
        var (a, b, isOrthonormal) = WithOrthonormalA(factors);
        var v = SymmetricJacobi.Eigenvectors(Gram.OfColumns(Matrix.Normalize(b).Scaled));
        var refreshed = factors.With(Rotate(v, a).Values, b.Times(v).Values);
        return new RefreshedFactors(refreshed, isOrthonormal ? v : null);
    }

    /// <summary>
    /// The state before a round that trains A against an orthonormal B. With orthonormal A and the thin SVD
    /// B = U S V^T: B' = U and A' = S V^T A, so that B' A' = B A. Otherwise A^T = Q R first, and the same with Q^T for
    /// A and B R^T for B.
    /// </summary>
    /// <remarks>
    /// U comes from QR of B and one-sided Jacobi, not from B^T B, so it is orthonormal to rounding whatever the rank of
    /// B; where a singular value is 0, U is completed in one definite way and the row of A' is 0.
    /// Order and signs: <see cref="ThinSvd"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">A value is not finite, or there is an inner matrix.</exception>
    public static LoraFactors ForARound(LoraFactors factors)
    {
        var (a, b, _) = WithOrthonormalA(factors);
        var svd = ThinSvd.Of(b);
        var newA = Rotate(svd.V, a);
        for (var i = 0; i < newA.Rows; i++)
        {
            FixedOrder.Scale(newA.Row(i), svd.SingularValues[i]);
        }

        return factors.With(newA.Values, svd.U.Values);
    }

    /// <summary>V^T A, r x d_in: how server and agent alike follow a refresh, in the same bits.</summary>
    public static Matrix Rotate(Matrix v, Matrix a) => v.Transposed().Times(a);

    /// <summary>max |M M^T - I| for M of r x d; NaN where M holds NaN.</summary>
    public static double OrthonormalityError(Matrix rows)
    {
        var gram = Gram.OfRows(rows);
        var error = 0.0;
        for (var i = 0; i < gram.Rows; i++)
        {
            for (var j = 0; j < gram.Rows; j++)
            {
                error = Math.Max(error, Math.Abs(gram[i, j] - (i == j ? 1 : 0)));
            }
        }

        return error;
    }

    /// <summary>The factors with A's rows orthonormal and the same product; true where they were before.</summary>
    private static (Matrix A, Matrix B, bool WasOrthonormal) WithOrthonormalA(LoraFactors factors)
    {
        if (!factors.Inner.IsEmpty)
        {
            throw new ArgumentException(
                $"{factors.Shape.Module} has an inner matrix, which a refresh cannot keep", nameof(factors));
        }

        var (a, b) = (Factors.A(factors), Factors.B(factors));
        if (OrthonormalityError(a) <= OrthonormalTolerance)
        {
            return (a, b, true);
        }

        var (q, r) = ThinQr.Of(a.Transposed());
        return (q.Transposed(), b.Times(r.Transposed()), false);
    }
}
