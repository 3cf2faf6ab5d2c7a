using System.Numerics;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Tests.Sums;

/// <summary>
/// Goal: one rounding, to nearest, ties to even. Method: exact distances in big integers to both neighbours.
/// </summary>
public sealed class ExactQuotientTests
{
    [Fact]
    public void Random_quotients_are_correctly_rounded()
    {
        var sequence = new SeededSequence(60, "quotients");
        for (var i = 0; i < 20_000; i++)
        {
            var numerator = (long)sequence.NextBits() >> (2 + (int)(sequence.NextBits() % 60));
            var denominator = 1 + (long)(sequence.NextBits() >> (11 + (int)(sequence.NextBits() % 53)));
            denominator = Math.Min(denominator, 1L << 53);
            AssertCorrectlyRounded(numerator, denominator, ExactQuotient.Of(numerator, denominator));
        }
    }

    [Theory]
    [InlineData((1L << 53) + 1, 1)] // a tie, to even: down
    [InlineData((1L << 53) + 3, 1)] // a tie, to even: up
    [InlineData((1L << 60) + (1L << 7), 1)]
    [InlineData((1L << 60) + (1L << 7) + 1, 1)]
    [InlineData(-(1L << 60) - (1L << 7) - 1, 3)]
    [InlineData((((1L << 53) + 1) * 300) + 1, 300)] // just above a tie: only the sticky bit knows
    [InlineData(1L << 62, 1L << 53)]
    [InlineData((1L << 62) - 1, (1L << 53) - 1)]
    [InlineData(-(1L << 62), 7)]
    [InlineData((1L << 62) - 1, 1)]
    [InlineData(-(1L << 61) - 257, 1)]
    [InlineData(1L << 62, 3)]
    [InlineData(0, 5)]
    public void Ties_and_limits_are_correctly_rounded(long numerator, long denominator)
        => AssertCorrectlyRounded(numerator, denominator, ExactQuotient.Of(numerator, denominator));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, (1L << 53) + 1)]
    [InlineData((1L << 62) + 1, 1)]
    [InlineData(long.MinValue, 1)]
    public void Arguments_outside_the_range_are_an_error(long numerator, long denominator)
        => Assert.Throws<ArgumentOutOfRangeException>(() => ExactQuotient.Of(numerator, denominator));

    /// <summary>
    /// No other double is nearer to numerator / denominator, and none as near has an even last bit instead.
    /// </summary>
    internal static void AssertCorrectlyRounded(long numerator, long denominator, double quotient)
    {
        var distance = Distance(numerator, denominator, quotient);
        foreach (var other in new[] { Math.BitDecrement(quotient), Math.BitIncrement(quotient) })
        {
            var comparison = distance.CompareTo(Distance(numerator, denominator, other));
            var isEven = (BitConverter.DoubleToInt64Bits(quotient) & 1) == 0;
            Assert.True(
                comparison < 0 || (comparison == 0 && isEven), $"{numerator} / {denominator} gave {quotient:R}");
        }
    }

    /// <summary>|numerator / denominator - value|, times the denominator and 2^1100: an integer.</summary>
    private static BigInteger Distance(long numerator, long denominator, double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var fraction = bits & ((1L << 52) - 1);
        var mantissa = new BigInteger(exponent == 0 ? fraction : fraction | (1L << 52)) * Math.Sign(value);
        var scaled = mantissa << (1100 - 1075 + Math.Max(exponent, 1));
        return BigInteger.Abs((new BigInteger(numerator) << 1100) - (scaled * denominator));
    }
}
