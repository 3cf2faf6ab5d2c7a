namespace FedLowRank.Privacy.Accounting;

/// <summary>Elementary functions that keep their digits near zero; the ones of the class library do not.</summary>
internal static class Numeric
{
    /// <summary>ln(1 + x) to a few units in the last place (Kahan's correction of the rounding of 1 + x).</summary>
    public static double Log1P(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>e^x - 1 to a few units in the last place (Kahan; needed only where the 1 takes digits away).</summary>
    public static double ExpM1(double x)
    {
        var power = Math.Exp(x);
        return Math.Abs(x) > 1 ? power - 1
            : power == 1 ? x
            : (power - 1) * (x / Math.Log(power));
    }
}
