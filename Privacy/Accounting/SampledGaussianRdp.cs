namespace FedLowRank.Privacy.Accounting;

/// <summary>
/// Renyi divergence of one step of the Poisson-sampled Gaussian mechanism at real orders a > 1:
/// ln(E[(1 + x)^a]) / (a - 1), where x = q (e^L - 1), L = u / sigma - 1 / (2 sigma^2) and u ~ N(0, 1) (Mironov, Talwar
/// and Zhang, arXiv 1908.10530, section 3). This is the direction in which a record is removed; the other is never
/// above it (theorem 5 there).
/// </summary>
/// <remarks>
/// <para>
/// The quadrature is over g = (1 + x)^a - 1 - a x; as E[x] = 0, E[(1 + x)^a] = 1 + E[g]. No g is negative, so nothing
/// cancels even where the divergence is 1e-12, as it does in the signed binomial series at fractional orders.
/// </para>
/// <para>
/// Discretisation. In the strip |Im u| &lt; c with c at most pi sigma, (1 + x)^a phi(u) is analytic (1 + x vanishes
/// first at Im u = pi sigma) and, by the triangle inequality, at most e^{c^2 / 2} times its value at Re u. So the
/// trapezoid rule with step h has relative error at most 2 e^{c^2 / 2} / (e^{2 pi c / h} - 1) (Trefethen and Weideman,
/// SIAM Review 56, 2014, theorem 5.1). The same holds for the parts 1 and a x. The step makes it about e^-80.
/// </para>
/// <para>
/// Truncation. Left of -13, g is at most a q. Right of a / sigma + T, (1 + x)^a is at most e^{a L}, so that
/// e^{k - T^2 / 2} is missing, with k = (a^2 - a) / (2 sigma^2); the whole is at least max(1, q^a e^k), and
/// T^2 / 2 = 80 + min(k, a ln(1 / q)) leaves at most e^-80 of it.
/// </para>
/// <para>These errors and the rounding are added to the result, which is an upper bound therefore.</para>
/// </remarks>
internal sealed class SampledGaussianRdp
{
    private const double LogError = 80;
    private const double LeftEnd = -13;

    /// <summary>
    /// Most nodes. An order that would need more (sigma far below 0.1) is charged as if nothing were sampled,
    /// a / (2 sigma^2); sampling never makes the divergence larger, as it is quasi-convex.
    /// </summary>
    private const int NodesMax = 1 << 17;

    /// <summary>Above e^600, (1 + x)^a is all of g to every digit.</summary>
    private const double LargeExponent = 600;

    /// <summary>All nodes with a term below e^-100 together are below the error allowed.</summary>
    private const double SmallExponent = -100;

    private readonly double q;
    private readonly double sigma;
    private readonly double step;
    private readonly Node[] nodes;

    private SampledGaussianRdp(double q, double sigma, ReadOnlySpan<double> orders)
    {
        this.q = q;
        this.sigma = sigma;

        // c^2 / 2 - 2 pi c / h = -80; a wider strip than 4 pi would gain nothing.
        var strip = Math.PI * Math.Min(sigma, 4);
        step = 2 * Math.PI * strip / (LogError + strip * strip / 2);

        var count = 0;
        foreach (var order in orders)
        {
            count = Math.Max(count, CanIntegrate(order) ? NodesFor(order) : 0);
        }

        nodes = new Node[count];
        for (var j = 0; j < count; j++)
        {
            nodes[j] = NodeAt(LeftEnd + j * step);
        }
    }

    /// <summary>Upper bounds of the divergence of one step, one for each order.</summary>
    /// <param name="q">Sampling rate, 0 to 1.</param>
    /// <param name="sigma">Noise multiplier, at least 0.</param>
    /// <param name="orders">Orders above 1.</param>
    public static double[] Compute(double q, double sigma, ReadOnlySpan<double> orders)
    {
        var divergences = new double[orders.Length];
        if (q == 0)
        {
            return divergences;
        }

        var quadrature = q < 1 ? new SampledGaussianRdp(q, sigma, orders) : null;
        for (var i = 0; i < orders.Length; i++)
        {
            var unsampled = orders[i] / (2 * sigma * sigma);
            divergences[i] = quadrature is not null && quadrature.CanIntegrate(orders[i])
                ? Math.Min(unsampled, quadrature.Divergence(orders[i]))
                : unsampled;
        }

        return divergences;
    }

    private bool CanIntegrate(double order) => RightEnd(order) - LeftEnd < NodesMax * step;

    private int NodesFor(double order) => (int)Math.Ceiling((RightEnd(order) - LeftEnd) / step) + 1;

    private double RightEnd(double order)
    {
        var logUnsampled = order * (order - 1) / (2 * sigma * sigma);
        return order / sigma + Math.Sqrt(2 * (LogError + Math.Min(logUnsampled, -order * Math.Log(q))));
    }

    private Node NodeAt(double u)
    {
        var logLikelihood = u / sigma - 1 / (2 * sigma * sigma);
        var shifted = u - 1 / sigma;
        var logDrawn = logLikelihood + Math.Log(q);

        // Where e^L or q e^L would overflow, logarithms stand for them; past e^700 the 1 - q is lost in q e^L.
        var excess = logLikelihood > 30 ? Math.Exp(logDrawn) - q : q * Numeric.ExpM1(logLikelihood);
        var logRatio = logDrawn > 700 ? logDrawn : Numeric.Log1P(excess);
        return new Node(excess, logRatio, u * u / 2, Math.Exp(-u * u / 2), Math.Exp(-shifted * shifted / 2));
    }

    private double Divergence(double order)
    {
        var used = nodes.AsSpan(0, NodesFor(order));
        var largest = double.NegativeInfinity;
        foreach (ref readonly var node in used)
        {
            largest = Math.Max(largest, order * node.LogRatio - node.HalfSquare);
        }

        // Each term has a few units of error, times its exponents (up to u^2) and times a / (a - 1) where
        // neighbouring parts of g cancel for orders near 1; adding the terms costs a unit for each.
        var end = RightEnd(order);
        var rounding = Math.ScaleB(used.Length + 2 * end * end + 1000, -52) * order / (order - 1);
        var weight = step / Math.Sqrt(2 * Math.PI);
        if (largest > LargeExponent)
        {
            return (largest + Math.Log(weight * SumOfPowers(used, order, largest)) + rounding) / (order - 1);
        }

        // 4 a e^-76 is above the errors of discretisation and truncation that do not grow with the result.
        var excess = weight * SumOfExcess(used, order) * (1 + rounding) + 4 * order * Math.Exp(-76);
        return Numeric.Log1P(excess) / (order - 1);
    }

    private static double SumOfPowers(ReadOnlySpan<Node> used, double order, double largest)
    {
        var sum = 0.0;
        foreach (ref readonly var node in used)
        {
            var exponent = order * node.LogRatio - node.HalfSquare - largest;
            if (exponent > SmallExponent)
            {
                sum += Math.Exp(exponent);
            }
        }

        return sum;
    }

    private double SumOfExcess(ReadOnlySpan<Node> used, double order)
    {
        var sum = 0.0;
        foreach (ref readonly var node in used)
        {
            var power = order * node.LogRatio;
            if (Math.Abs(order * node.Excess) <= 0.25)
            {
                sum += node.Density * BinomialTail(node.Excess, order);
            }
            else if (power < 1)
            {
                sum += node.Density * (Numeric.ExpM1(power) - order * node.Excess);
            }
            else if (power - node.HalfSquare > SmallExponent)
            {
                // x times the density is q (shifted density - density); neither factor by itself need be finite.
                sum += Math.Exp(power - node.HalfSquare)
                    - (1 - order * q) * node.Density - order * q * node.ShiftedDensity;
            }
        }

        return sum;
    }

    /// <summary>(1 + x)^a - 1 - a x for |a x| at most 1/4: the binomial series from its second power.</summary>
    private static double BinomialTail(double x, double order)
    {
        var term = order * (order - 1) / 2 * x * x;
        var sum = 0.0;
        for (var k = 2; sum + term != sum; k++)
        {
            sum += term;
            term *= x * (order - k) / (k + 1);
        }

        return sum;
    }

    /// <summary>What a quadrature node u gives to every order.</summary>
    /// <param name="Excess">x.</param>
    /// <param name="LogRatio">ln(1 + x).</param>
    /// <param name="HalfSquare">u^2 / 2.</param>
    /// <param name="Density">e^{-u^2 / 2}.</param>
    /// <param name="ShiftedDensity">e^{-(u - 1 / sigma)^2 / 2}, which is e^L times the density.</param>
    private readonly record struct Node(
        double Excess, double LogRatio, double HalfSquare, double Density, double ShiftedDensity);
}
