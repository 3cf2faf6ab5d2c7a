using System.Globalization;
using System.Xml.Linq;
using static FedLowRank.Gateway.Charts.Markup;

namespace FedLowRank.Gateway.Charts;

/// <summary>Bars from zero to the right, one below the other, each with its name and its figure beside it.</summary>
/// <param name="id">Unique in the page; prefix of the ids of title and description.</param>
/// <param name="title">What it shows, for those who do not see it.</param>
/// <param name="axisName">What the axis counts.</param>
public sealed class BarChart(string id, string title, string axisName)
{
    private const double Width = 920, Left = 210, Right = 700, Top = 8;

    /// <summary>One bar.</summary>
    /// <param name="Name">Left of it.</param>
    /// <param name="Value">Its length, at least 0; where it is not finite the bar ends with the axis.</param>
    /// <param name="Label">The value as people read it.</param>
    /// <param name="Note">What stands beside the value.</param>
    /// <param name="Title">All of it in words.</param>
    public sealed record Bar(string Name, double Value, string Label, string Note, string Title)
    {
        /// <summary>Where a mark is drawn across, for example a budget; null for none.</summary>
        public double? Limit { get; init; }
    }

    /// <summary>The drawing.</summary>
    /// <param name="bars">From above.</param>
    /// <param name="summary">What is to be seen, in sentences, for those who do not see it.</param>
    /// <param name="colour">The class that gives the bars' colour.</param>
    public XElement Draw(IReadOnlyList<Bar> bars, string summary, string colour)
    {
        var row = bars.Count > 30 ? 17.0 : 26.0;
        var bottom = Top + row * bars.Count;
        var largest = bars.Select(bar => bar.Value).Concat(bars.Select(bar => bar.Limit ?? 0))
            .Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var axis = AxisTicks.Cover(0, largest, 6);
        return Element(
            "svg",
            At("viewBox", $"0 0 {Place(Width)} {Place(bottom + 44)}"),
            At("role", "img"),
            At("class", colour),
            At("aria-labelledby", $"{id}-title {id}-desc"),
            Element("title", At("id", $"{id}-title"), title),
            Element("desc", At("id", $"{id}-desc"), summary),
            axis.Values.Select(tick => Grid(tick, axis, bottom)),
            Element(
                "text",
                At("class", "axis"),
                At("x", (Left + Right) / 2),
                At("y", bottom + 40),
                At("text-anchor", "middle"),
                axisName),
            bars.Select((bar, i) => Draw(bar, axis, Top + row * i, row)));
    }

    private static IEnumerable<XElement> Grid(double tick, AxisTicks axis, double bottom)
    {
        var x = X(axis, tick);
        yield return Element(
            "line", At("class", "grid"), At("x1", x), At("x2", x), At("y1", Top), At("y2", bottom));
        var label = tick.ToString($"F{axis.Decimals}", CultureInfo.InvariantCulture);
        yield return Element(
            "text", At("class", "tick"), At("x", x), At("y", bottom + 20), At("text-anchor", "middle"), label);
    }

    private static XElement Draw(Bar bar, AxisTicks axis, double y, double row)
    {
        // An unbounded value has no length; its bar ends with the axis and its label says so.
        var end = X(axis, double.IsFinite(bar.Value) ? bar.Value : axis.Max);
        var baseline = y + row / 2 + 4.5;
        return Element(
            "g",
            Element("title", bar.Title),
            Element(
                "text",
                At("class", "name"),
                At("x", Left - 12),
                At("y", baseline),
                At("text-anchor", "end"),
                Shorten(bar.Name, 26)),
            Element(
                "rect",
                At("class", "bar"),
                At("x", Left),
                At("y", y + row * 0.16),
                At("width", Math.Max(end - Left, 1)),
                At("height", row * 0.68),
                At("rx", 3)),
            bar.Limit is { } limit && double.IsFinite(limit)
                ? Element(
                    "line", At("class", "limit"), At("x1", X(axis, limit)), At("x2", X(axis, limit)),
                    At("y1", y + row * 0.06), At("y2", y + row * 0.94))
                : null,
            Element(
                "text",
                At("class", "label"),
                At("x", Right + 27),
                At("y", baseline),
                Element("tspan", At("class", "value"), bar.Label),
                Element("tspan", At("class", "quiet"), $"\u2002{bar.Note}")));
    }

    private static double X(AxisTicks axis, double value) => Left + (Right - Left) * axis.Share(value);
}
