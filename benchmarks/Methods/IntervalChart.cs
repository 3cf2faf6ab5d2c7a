using System.Globalization;
using System.Xml.Linq;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>A drawing of means with their 95 % intervals, one below the other, about zero.</summary>
internal static class IntervalChart
{
    private const double Width = 820, RowHeight = 26, Left = 250, Right = 780, Top = 44;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <param name="title">What is shown, with its unit.</param>
    /// <param name="rows">Names and values, in shares; shown in points.</param>
    public static XElement Draw(string title, IReadOnlyList<(string Name, Interval Value)> rows)
    {
        var reach = Math.Ceiling(rows.Max(r => 100 * (Math.Abs(r.Value.Mean) + r.Value.Half)) + 0.5);
        var bottom = Top + (RowHeight * rows.Count);
        var step = reach > 10 ? 5 : reach > 4 ? 2 : 1;
        var ticks = Enumerable.Range(-(int)(reach / step), (2 * (int)(reach / step)) + 1).Select(i => i * step);
        return new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Text(Width)} {Text(bottom + 30)}"),
            new XAttribute("role", "img"),
            new XAttribute("font-family", "sans-serif"),
            new XAttribute("font-size", 13),
            new XElement(Svg + "title", title),
            new XElement(
                Svg + "rect", At("width", Width), At("height", bottom + 30), new XAttribute("fill", "#ffffff")),
            Label(Left, 20, "start", title, "#1b1c1e"),
            ticks.Select(tick => new object[]
            {
                Line(X(tick), Top - 8, X(tick), bottom, tick == 0 ? "#64676c" : "#e3e3de", 1),
                Label(X(tick), bottom + 18, "middle", Signed(tick), "#64676c"),
            }),
            rows.Select((row, index) => Row(row.Name, row.Value, Top + (RowHeight * (index + 0.5)))));

        double X(double points) => ((Left + Right) / 2) + (points / reach * (Right - Left) / 2);

        object[] Row(string name, Interval value, double y)
        {
            var (mean, half) = (100 * value.Mean, 100 * value.Half);
            return
            [
                Label(Left - 16, y + 4, "end", name, "#1b1c1e"),
                Line(X(mean - half), y, X(mean + half), y, "#2563c9", 2),
                new XElement(
                    Svg + "circle", At("cx", X(mean)), At("cy", y), At("r", 4.5), new XAttribute("fill", "#2563c9")),
            ];
        }
    }

    private static XElement Line(double x1, double y1, double x2, double y2, string colour, double width) => new(
        Svg + "line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), new XAttribute("stroke", colour),
        At("stroke-width", width));

    private static XElement Label(double x, double y, string anchor, string text, string colour) => new(
        Svg + "text", At("x", x), At("y", y), new XAttribute("text-anchor", anchor), new XAttribute("fill", colour),
        text);

    private static XAttribute At(string name, double value) => new(name, Text(value));

    private static string Signed(int points) => points.ToString("+0;-0;0", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
