using System.Numerics;

namespace FedLowRank.Aggregation.Sums;

/// <summary>Integer division rounded once, to the nearest float64.</summary>
public static class ExactQuotient
{
    private const long ExactInDouble = 1L << 53;

    /// <summary>numerator / denominator, correctly rounded (ties to even).</summary>
    /// <param name="numerator">At most 2^62 in magnitude.</param>
    /// <param name="denominator">From 1 to 2^53.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static double Of(long numerator, long denominator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(denominator, ExactInDouble);
        ArgumentOutOfRangeException.ThrowIfLessThan(numerator, -(1L << 62));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(numerator, 1L << 62);
        var magnitude = Math.Abs(numerator);
        if (magnitude <= ExactInDouble)
        {
            // Both operands are exact, so the one IEEE division is the one rounding.
            return (double)numerator / denominator;
        }

        // A quotient of at least 60 bits, whose last bit is set where a remainder is left ("sticky"), rounds to 53 bits
        // as the infinitely long quotient would.
        var shift = Math.Max(0, 60 - BitLength(magnitude) + BitLength(denominator));
        var (quotient, remainder) = UInt128.DivRem((UInt128)(ulong)magnitude << shift, (UInt128)(ulong)denominator);
        var bits = (long)quotient | (remainder == UInt128.Zero ? 0L : 1L);
        return Math.CopySign(Math.ScaleB((double)bits, -shift), numerator);
    }

    private static int BitLength(long positive) => 64 - BitOperations.LeadingZeroCount((ulong)positive);
}
