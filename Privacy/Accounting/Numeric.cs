namespace FedLowRank.Privacy.Accounting;

/// <summary>Elementary functions that keep their digits near zero; the ones of the class library do not.</summary>
internal static class Numeric
{
    /// <summary>ln(1 + x) to a few units in the last place (Kahan's correction of the rounding of 1 + x).</summary>
    public static double Log1P(double x)
    {
        var sum = 1 + x;
        return sum == 1 || double.IsPositiveInfinity(sum) ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>e^x - 1 to a few units in the last place (Kahan).</summary>
    public static double ExpM1(double x)
    {
        var power = Math.Exp(x);
        return power switch
        {
            1 => x,
            0 or double.PositiveInfinity => power - 1,
            _ => (power - 1) * (x / Math.Log(power)),
        };
    }
}
