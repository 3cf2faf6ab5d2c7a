using System.Globalization;
using System.Xml.Linq;
using static FedLowRank.Gateway.Charts.Markup;

namespace FedLowRank.Gateway.Charts;

/// <summary>Lines over rounds, labelled at their ends. Points without a finite value are left out.</summary>
public sealed class LineChart
{
    private const double Width = 920, Height = 350;
    private const double Left = 58, Right = 700, Top = 16, Bottom = 304;
    private const double LabelGap = 19;

    private readonly AxisTicks rounds;
    private readonly AxisTicks values;

    /// <summary>Chooses the axes so that all lines and references fit.</summary>
    /// <param name="lines">In the order in which they are drawn.</param>
    /// <param name="references">Levels to compare with.</param>
    /// <param name="fromZero">Whether the axis of values shows 0.</param>
    /// <param name="firstRound">Where the axis of rounds begins.</param>
    public LineChart(
        IReadOnlyList<Line> lines, IReadOnlyList<Reference> references, bool fromZero, int firstRound = 0)
    {
        Lines = lines;
        References = references;
        var points = lines.SelectMany(line => line.Points).ToList();
        var heights = points.Select(point => point.Value).Concat(references.Select(reference => reference.Value))
            .Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var last = points.Select(point => point.Round).Append(firstRound).Max();
        rounds = AxisTicks.Cover(firstRound, points.Count == 0 ? firstRound + 1 : last, 10, stepMin: 1);
        values = AxisTicks.Cover(fromZero ? Math.Min(0, heights.Min()) : heights.Min(), heights.Max(), 6);
    }

    /// <summary>One line: a name, the class that gives its colour, and its points.</summary>
    public sealed record Line(string Name, string Colour, IReadOnlyList<(int Round, double Value)> Points);

    /// <summary>A level to compare with, drawn across.</summary>
    public sealed record Reference(string Name, double Value);

    /// <summary>A line with more points than these has none marked; its ends are labelled all the same.</summary>
    public int DotsMax { get; init; } = int.MaxValue;

    private IReadOnlyList<Line> Lines { get; }

    private IReadOnlyList<Reference> References { get; }

    /// <summary>The drawing.</summary>
    /// <param name="id">Unique in the page; prefix of the ids of title and description.</param>
    /// <param name="title">What it shows, for those who do not see it.</param>
    /// <param name="format">Writes a value at the end of a line.</param>
    /// <param name="formatTick">Writes a value on the axis, with as many decimals as it needs.</param>
    public XElement Draw(string id, string title, Func<double, string> format, Func<double, int, string> formatTick)
    {
        var drawn = References.Where(reference => double.IsFinite(reference.Value)).ToList();
        return Element(
            "svg",
            At("viewBox", $"0 0 {Place(Width)} {Place(Height)}"),
            At("role", "img"),
            At("aria-labelledby", $"{id}-title {id}-desc"),
            Element("title", At("id", $"{id}-title"), title),
            Element("desc", At("id", $"{id}-desc"), Describe(format)),
            values.Values.Select(tick => Grid(tick, formatTick)),
            rounds.Values.Select(RoundTick),
            Text("axis", (Left + Right) / 2, Height - 6, "middle", "round"),
            drawn.Select((reference, index) => Across(reference, index)),
            Lines.Select(line => Draw(line, format)),
            Labels(drawn, format));
    }

    private string Describe(Func<double, string> format)
    {
        var ends = Lines.Select(line => (line.Name, Shown: Shown(line))).Where(line => line.Shown.Count > 0)
            .Select(line =>
                $"{line.Name}: {format(line.Shown[0].Value)} at round {line.Shown[0].Round}, " +
                $"{format(line.Shown[^1].Value)} at round {line.Shown[^1].Round}.");
        return string.Join(' ', ends.Concat(References.Select(level => $"{level.Name}: {format(level.Value)}.")));
    }

    private IEnumerable<XElement> Grid(double tick, Func<double, int, string> format)
    {
        yield return Element(
            "line", At("class", "grid"), At("x1", Left), At("x2", Right), At("y1", Y(tick)), At("y2", Y(tick)));
        yield return Text("tick", Left - 10, Y(tick) + 4.5, "end", format(tick, values.Decimals));
    }

    private XElement RoundTick(double tick) =>
        Text("tick", X(tick), Bottom + 20, "middle", tick.ToString("0", CultureInfo.InvariantCulture));

    private XElement Across(Reference reference, int index) => Element(
        "line",
        At("class", $"reference level{index % 2}"),
        At("x1", Left),
        At("x2", Right),
        At("y1", Y(reference.Value)),
        At("y2", Y(reference.Value)));

    private XElement Draw(Line line, Func<double, string> format)
    {
        var shown = Shown(line);
        var radius = shown.Count > 40 ? 1.5 : 3.2;
        var places = shown.Select(point => $"{Place(X(point.Round))},{Place(Y(point.Value))}");
        return Element(
            "g",
            At("class", line.Colour),
            Element("polyline", At("class", "line"), At("points", string.Join(' ', places))),
            shown.Where(_ => shown.Count <= DotsMax).Select(point => Element(
                "circle",
                At("class", "dot"),
                At("cx", X(point.Round)),
                At("cy", Y(point.Value)),
                At("r", radius),
                Element("title", $"{line.Name}, round {point.Round}: {format(point.Value)}"))));
    }

    // Names stand where the lines end; where two ends are close, they give way downwards, and upwards at the bottom.
    private IEnumerable<XElement> Labels(IEnumerable<Reference> references, Func<double, string> format)
    {
        var ends = Lines.Select(line => (line.Name, line.Colour, Shown: Shown(line)))
            .Where(line => line.Shown.Count > 0)
            .Select(line => (line.Name, line.Colour, line.Shown[^1].Value))
            .Concat(references.Select(reference => (reference.Name, Colour: "level", reference.Value)))
            .OrderByDescending(end => end.Value).ToList();
        var places = new double[ends.Count];
        for (var i = 0; i < places.Length; i++)
            places[i] = Math.Max(Y(ends[i].Value), i == 0 ? Top : places[i - 1] + LabelGap);
        for (var i = places.Length - 1; i >= 0; i--)
            places[i] = Math.Min(places[i], i == places.Length - 1 ? Bottom : places[i + 1] - LabelGap);

        return ends.Select((end, i) => Element(
            "g",
            At("class", end.Colour),
            Element(
                "polyline",
                At("class", "leader"),
                At("points", $"{Right + 4},{Place(Y(end.Value))} {Right + 16},{Place(places[i])} " +
                    $"{Right + 22},{Place(places[i])}")),
            Element(
                "text",
                At("class", "label"),
                At("x", Right + 27),
                At("y", places[i] + 4.5),
                Element("title", end.Name),
                Element("tspan", At("class", "value"), format(end.Value)),
                $"\u2002{Shorten(end.Name, 19)}")));
    }

    private static List<(int Round, double Value)> Shown(Line line) =>
        [.. line.Points.Where(point => double.IsFinite(point.Value))];

    private static XElement Text(string kind, double x, double y, string anchor, string text) =>
        Element("text", At("class", kind), At("x", x), At("y", y), At("text-anchor", anchor), text);

    private double X(double round) => Left + (Right - Left) * rounds.Share(round);

    private double Y(double value) => Bottom - (Bottom - Top) * values.Share(value);
}
