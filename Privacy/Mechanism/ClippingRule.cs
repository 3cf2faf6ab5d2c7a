namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// How one example's gradient g of d values becomes its term in a clipped sum, on whatever device: with
/// s = the float64 sum of its squares in any order,
/// <list type="number">
/// <item>not finite s: the term is 0;</item>
/// <item>norm = sqrt(s) <see cref="NormSlack"/>, an upper bound of the true norm;</item>
/// <item>factor = norm > C ? C / norm : 1;</item>
/// <item>term = truncate(g (factor 2^-<see cref="GridExponent"/>)) in float64: whole grid steps, cut towards zero.
/// </item>
/// </list>
/// A term is then never longer than C, and terms add without rounding, in any order.
/// </summary>
public sealed class ClippingRule
{
    // C is below 2^(ILogB(C) + 1), so a term is below 2^32 grid steps and 2^20 terms are below 2^52.
    private const int GridBits = 31;

    /// <summary>The rule for rows of <paramref name="dimension"/> values.</summary>
    internal ClippingRule(ClipNorm clip, int dimension)
    {
        Clip = clip;
        GridExponent = Math.ILogB(clip.Value) - GridBits;

        // A sum of d squares in any order has relative error below d 2^-53, a root half of it; products, root and
        // quotient add a few units. Twice that also covers whoever measures the result in float64.
        NormSlack = 1 + Math.ScaleB(dimension + 16.0, -52);
    }

    /// <summary>C.</summary>
    public ClipNorm Clip { get; }

    /// <summary>The grid is 2^GridExponent, between 2^-32 C and 2^-31 C.</summary>
    public int GridExponent { get; }

    /// <summary>What a computed norm is multiplied with to bound the true one; just above 1.</summary>
    public double NormSlack { get; }

    /// <summary>Adds one example's term to a sum, by the words above: what faster ways are compared with.</summary>
    /// <param name="gradient">g, d values.</param>
    /// <param name="sum">d values, in grid steps.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void AddTerm(ReadOnlySpan<float> gradient, Span<double> sum)
    {
        if (gradient.Length != sum.Length)
        {
            throw new ArgumentException(
                $"a gradient of {gradient.Length} values and a sum of {sum.Length}", nameof(gradient));
        }

        var squares = 0.0;
        foreach (double value in gradient) squares += value * value;
        if (!double.IsFinite(squares)) return;
        var scale = Math.ScaleB(Factor(squares), -GridExponent);
        for (var i = 0; i < sum.Length; i++) sum[i] += Math.Truncate(gradient[i] * scale);
    }

    /// <summary>The factor of an example whose squares sum to <paramref name="squares"/>, a finite number.</summary>
    internal double Factor(double squares)
    {
        var norm = Math.Sqrt(squares) * NormSlack;
        return norm > Clip.Value ? Clip.Value / norm : 1;
    }
}
