namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// The vector kernels of the refresh. Reductions run in four scalar lanes that are added as (0 + 1) + (2 + 3): one
/// order on every processor, and four independent chains for speed.
/// </summary>
internal static class FixedOrder
{
    /// <summary>Sum of x[i] y[i].</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        y = y[..x.Length];
        double lane0 = 0, lane1 = 0, lane2 = 0, lane3 = 0;
        var i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            lane0 += x[i] * y[i];
            lane1 += x[i + 1] * y[i + 1];
            lane2 += x[i + 2] * y[i + 2];
            lane3 += x[i + 3] * y[i + 3];
        }

        for (; i < x.Length; i++)
        {
            lane0 += x[i] * y[i];
        }

        return lane0 + lane1 + (lane2 + lane3);
    }

    /// <summary>target += factor x source.</summary>
    public static void AddScaled(Span<double> target, double factor, ReadOnlySpan<double> source)
    {
        source = source[..target.Length];
        for (var i = 0; i < target.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }

    /// <summary>(x, y) becomes (cosine x - sine y, sine x + cosine y).</summary>
    public static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        y = y[..x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var before = x[i];
            x[i] = (cosine * before) - (sine * y[i]);
            y[i] = (sine * before) + (cosine * y[i]);
        }
    }

    /// <summary>target *= factor.</summary>
    public static void Scale(Span<double> target, double factor)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] *= factor;
        }
    }
}
