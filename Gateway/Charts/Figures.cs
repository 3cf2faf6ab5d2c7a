using System.Globalization;

namespace FedLowRank.Gateway.Charts;

/// <summary>How figures are shown to people, the same in every culture.</summary>
public static class Figures
{
    /// <summary>A share of 1, as "52.3 %".</summary>
    public static string Percent(double share) => Finite(share, value => Text(value * 100, "0.0") + "\u202F%");

    /// <summary>A loss, as "1.234".</summary>
    public static string Loss(double nats) => Finite(nats, value => Text(value, "0.000"));

    /// <summary>A perplexity to three digits or more, as "41.3" or "1 520".</summary>
    public static string Perplexity(double perplexity) => Finite(perplexity, value => value switch
    {
        < 100 => Text(value, value < 10 ? "0.00" : "0.0"),
        < 1e9 => Count((long)Math.Round(value)),
        _ => Text(value, "0.##e+0"),
    });

    /// <summary>An epsilon, rounded up so that it never looks smaller than it is.</summary>
    public static string Epsilon(double epsilon) =>
        Finite(epsilon, value => Text(Math.Ceiling(value * 1000) / 1000, "0.000"));

    /// <summary>A whole number with thin spaces between thousands.</summary>
    public static string Count(long count) =>
        count.ToString("#,0", CultureInfo.InvariantCulture).Replace(",", "\u202F", StringComparison.Ordinal);

    /// <summary>A small number to three digits, such as a delta or a noise multiplier.</summary>
    public static string Small(double value) => Finite(value, finite =>
        finite != 0 && Math.Abs(finite) < 0.001 ? Text(finite, "0.##e+0") : Text(finite, "0.###"));

    /// <summary>A duration, as "48 s" or "4 min 08 s".</summary>
    public static string Duration(double seconds) => seconds < 60
        ? Text(seconds, "0.0") + "\u202Fs"
        : $"{Count((long)seconds / 60)}\u202Fmin\u2002{Text((long)seconds % 60, "00")}\u202Fs";

    private static string Finite(double value, Func<double, string> format) =>
        double.IsPositiveInfinity(value) ? "\u221E" : double.IsFinite(value) ? format(value) : "not a number";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
