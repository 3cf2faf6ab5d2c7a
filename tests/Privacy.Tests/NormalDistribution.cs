namespace FedLowRank.Privacy.Tests;

internal static class NormalDistribution
{
    /// <summary>Phi(x) by its power series about 0 (Abramowitz and Stegun 26.2.11), to about 1e-15.</summary>
    public static double Cumulative(double x)
    {
        if (Math.Abs(x) > 8)
        {
            return x < 0 ? 0 : 1;
        }

        var term = x;
        var sum = 0.0;
        for (var k = 1; sum + term != sum; k++)
        {
            sum += term;
            term *= x * x / (2 * k + 1);
        }

        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
