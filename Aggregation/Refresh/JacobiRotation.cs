namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// The rotation by at most 45 degrees that makes the symmetric 2 x 2 matrix ((app, apq), (apq, aqq)) diagonal (Golub
/// and Van Loan, Matrix Computations, 4th edition, algorithm 8.5.1).
/// </summary>
internal readonly record struct JacobiRotation(double Cosine, double Sine, double Tangent)
{
    /// <summary>
    /// Most sweeps over all pairs. Convergence is quadratic and takes about ten; the limit only rules out a hang.
    /// </summary>
    public const int SweepsMax = 60;

    /// <summary>2^-53, the relative rounding error of one operation.</summary>
    public const double UnitRoundoff = 1.0 / (1L << 53);

    /// <summary>2^-200 relative to matrices of size about 1: nothing that small can show in a result.</summary>
    private const double Negligible = 6.2230152778611417e-61;

    /// <summary>
    /// True where the pair needs no rotation: |apq| is within <paramref name="tolerance"/> x sqrt(|app aqq|).
    /// </summary>
    public static bool IsDiagonal(double app, double aqq, double apq, double tolerance)
        => Math.Abs(apq) <= Math.Max(tolerance * Math.Sqrt(Math.Abs(app)) * Math.Sqrt(Math.Abs(aqq)), Negligible);

    /// <summary>The rotation for apq other than 0.</summary>
    public static JacobiRotation For(double app, double aqq, double apq)
    {
        var theta = (aqq - app) / (2 * apq);
        var tangent = Math.CopySign(1 / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1)), theta);
        var cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        return new JacobiRotation(cosine, tangent * cosine, tangent);
    }
}
