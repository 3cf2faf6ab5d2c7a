using System.Globalization;
using System.Xml.Linq;
using static FedLowRank.Gateway.Charts.Markup;

namespace FedLowRank.Gateway.Charts;

/// <summary>
/// Small multiples, one for each adapted layer: its singular values over the rounds, on one common scale.
/// </summary>
public static class SpectrumChart
{
    private const double Width = 280, Height = 170, Left = 40, Right = 270, Top = 10, Bottom = 140;

    /// <summary>The layers after one round.</summary>
    /// <param name="Number">Of the round.</param>
    /// <param name="Layers">Full name and singular values, descending, of each layer.</param>
    public sealed record Round(int Number, IReadOnlyList<(string Module, IReadOnlyList<double> Values)> Layers);

    /// <summary>One drawing for each layer, in the order of the last round; none where there are no rounds.</summary>
    /// <param name="rounds">In order; each with layers.</param>
    /// <param name="id">Unique in the page; prefix of the ids of titles.</param>
    /// <param name="firstRound">Where the axis begins.</param>
    public static IEnumerable<XElement> Draw(IReadOnlyList<Round> rounds, string id, int firstRound = 0)
    {
        if (rounds.Count == 0) return [];

        var values = rounds.SelectMany(round => round.Layers).SelectMany(layer => layer.Values);
        var across = AxisTicks.Cover(firstRound, rounds[^1].Number, 4, stepMin: 1);
        var up = AxisTicks.Cover(0, values.Where(double.IsFinite).DefaultIfEmpty(0).Max(), 4);
        return rounds[^1].Layers.Select((last, index) =>
        {
            var points = rounds.Select(round => new Point(
                round.Number, round.Layers.FirstOrDefault(layer => layer.Module == last.Module).Values ?? []));
            return Layer(Clean(last.Module), $"{id}-{index}", [.. points], across, up);
        });
    }

    private sealed record Point(int Round, IReadOnlyList<double> Values);

    private static XElement Layer(
        string module,
        string id,
        IReadOnlyList<Point> points,
        AxisTicks across,
        AxisTicks up)
    {
        var rank = points.Max(point => point.Values.Count);
        var last = string.Join(", ", points[^1].Values.Select(Figures.Small));
        return Element(
            "figure",
            At("class", "layer"),
            Element("figcaption", At("title", module), Breakable(module)),
            Element(
                "svg",
                At("viewBox", $"0 0 {Place(Width)} {Place(Height)}"),
                At("role", "img"),
                At("aria-labelledby", $"{id}-title {id}-desc"),
                Element("title", At("id", $"{id}-title"), $"Singular values of {module} over the rounds"),
                Element("desc", At("id", $"{id}-desc"), $"After round {points[^1].Round}: {last}."),
                up.Values.Select(tick => Tick(tick, up)),
                across.Values.Select(tick => Element(
                    "text",
                    At("class", "tick"),
                    At("x", X(across, tick)),
                    At("y", Bottom + 20),
                    At("text-anchor", "middle"),
                    tick.ToString("0", CultureInfo.InvariantCulture))),
                Enumerable.Range(0, rank).Reverse().Select(index => Value(index, rank, points, across, up))));
    }

    // Long names break after a dot rather than within a word.
    private static IEnumerable<object> Breakable(string module) =>
        module.Split('.').SelectMany((part, index) => index == 0 ? [part] : new object[] { ".", Element("wbr"), part });

    private static IEnumerable<XElement> Tick(double tick, AxisTicks up)
    {
        var y = Y(up, tick);
        yield return Element(
            "line", At("class", "grid"), At("x1", Left), At("x2", Right), At("y1", y), At("y2", y));
        var label = tick.ToString($"F{up.Decimals}", CultureInfo.InvariantCulture);
        yield return Element(
            "text", At("class", "tick"), At("x", Left - 7), At("y", y + 4), At("text-anchor", "end"), label);
    }

    // The largest value is darkest, and drawn last, on top.
    private static XElement Value(
        int index,
        int rank,
        IReadOnlyList<Point> points,
        AxisTicks across,
        AxisTicks up)
    {
        var shown = points.Where(point => index < point.Values.Count && double.IsFinite(point.Values[index]))
            .Select(point => (X: X(across, point.Round), Y: Y(up, point.Values[index]))).ToList();
        var opacity = rank == 1 ? 1 : 1 - 0.75 * index / (rank - 1);
        return Element(
            "g",
            At("opacity", opacity),
            Element("title", $"singular value {index + 1} of {rank}"),
            Element(
                "polyline",
                At("class", "line"),
                At("points", string.Join(' ', shown.Select(point => $"{Place(point.X)},{Place(point.Y)}")))),
            // A single point makes no line.
            shown.Count == 1
                ? Element("circle", At("class", "dot"), At("cx", shown[0].X), At("cy", shown[0].Y), At("r", 3))
                : null);
    }

    private static double X(AxisTicks axis, double round) => Left + (Right - Left) * axis.Share(round);

    private static double Y(AxisTicks axis, double value) => Bottom - (Bottom - Top) * axis.Share(value);
}
