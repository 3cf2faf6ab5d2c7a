namespace FedLowRank.Gateway.Charts;

/// <summary>An axis with ticks at multiples of 1, 2 or 5 times a power of ten, which covers its values.</summary>
public sealed class AxisTicks
{
    private const double EndMax = 4e307;

    private readonly double step;

    private AxisTicks(double step, long first, long last)
    {
        this.step = step;
        Values = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(index => (first + index) * step)];
    }

    /// <summary>Ticks from the least to the greatest, at least two.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The least value on the axis.</summary>
    public double Min => Values[0];

    /// <summary>The greatest value on the axis.</summary>
    public double Max => Values[^1];

    /// <summary>Decimals that tell neighbouring ticks apart.</summary>
    public int Decimals => Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 15);

    /// <summary>An axis that covers [min, max] with about so many steps.</summary>
    /// <param name="min">Least value; finite.</param>
    /// <param name="max">Greatest value; finite, at least <paramref name="min"/>.</param>
    /// <param name="steps">Wanted number of steps; the axis has between half and twice as many.</param>
    /// <param name="stepMin">The step is no smaller: 1 for whole numbers.</param>
    public static AxisTicks Cover(double min, double max, int steps, double stepMin = 0)
    {
        // The span of all that is finite is not.
        (min, max) = (Math.Clamp(min, -EndMax, EndMax), Math.Clamp(max, -EndMax, EndMax));
        var span = max - min;
        // Values that all but agree get a span of their own size, so that the step does not drown in rounding.
        if (!(span > 1e-9 * Math.Max(Math.Abs(min), Math.Abs(max))))
            span = max == 0 ? 1 : Math.Max(Math.Abs(max), 1e-6);
        var size = Math.Max(Nice(span / steps), stepMin);
        var first = (long)Math.Floor(min / size + 1e-9);
        var last = Math.Max((long)Math.Ceiling(max / size - 1e-9), first + 1);
        return new(size, first, last);
    }

    /// <summary>Where a value lies: 0 at the axis' start, 1 at its end.</summary>
    public double Share(double value) => (Math.Clamp(value, Min, Max) - Min) / (Max - Min);

    private static double Nice(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return power * ((step / power) switch { <= 1.5 => 1, <= 3 => 2, <= 7 => 5, _ => 10 });
    }
}
