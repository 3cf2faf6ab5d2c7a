using System.Globalization;

namespace FedLowRank.Federation.Configuration;

/// <summary>An interval of finite numbers, open or closed below.</summary>
public sealed class NumberRange
{
    private readonly double low;
    private readonly bool includesLow;
    private readonly double high;
    private readonly bool includesHigh;

    private NumberRange(double low, bool includesLow, double high, bool includesHigh)
    {
        (this.low, this.includesLow, this.high, this.includesHigh) = (low, includesLow, high, includesHigh);
    }

    /// <summary>For messages, for example <c>a number above 0 and at most 1</c>.</summary>
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"a number {(includesLow ? "at least" : "above")} {low} and {(includesHigh ? "at most" : "below")} {high}");

    /// <summary>A number inside, to go on with after a fault.</summary>
    public double StandIn => includesHigh ? high : (low + high) / 2;

    /// <summary>low &lt; x &lt;= high.</summary>
    public static NumberRange Above(double low, double high) => new(low, includesLow: false, high, includesHigh: true);

    /// <summary>low &lt;= x &lt;= high.</summary>
    public static NumberRange Between(double low, double high) => new(low, includesLow: true, high, includesHigh: true);

    /// <summary>low &lt;= x &lt; high.</summary>
    public static NumberRange Below(double low, double high) => new(low, includesLow: true, high, includesHigh: false);

    /// <summary>True where <paramref name="value"/> lies inside; never for NaN.</summary>
    public bool Contains(double value) =>
        (includesLow ? value >= low : value > low) && (includesHigh ? value <= high : value < high);
}
