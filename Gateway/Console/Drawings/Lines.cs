using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Gateway.Charts;
using FedLowRank.Gateway.Console.Sheets;

namespace FedLowRank.Gateway.Console.Drawings;

/// <summary>Lines over rounds as the console draws them.</summary>
internal static class Lines
{
    private const int Styles = 6;
    private const int DotsMax = 100;
    private const int TickDecimalsMax = 5;

    /// <summary>The class that gives a line its colour and its dashes.</summary>
    public static string Style(int index) => $"series{index % Styles}";

    /// <summary>A line; points without a value are left out.</summary>
    public static LineChart.Line Of(string name, int index, IEnumerable<(int Round, double? Value)> points) => new(
        Markup.Clean(name), Style(index),
        [.. points.Where(point => point.Value is not null).Select(point => (point.Round, point.Value!.Value))]);

    /// <summary>The drawing.</summary>
    public static XElement Draw(
        string id, string title, IReadOnlyList<LineChart.Line> lines, int firstRound, bool fromZero,
        Func<double, string> format) =>
        new LineChart(lines, [], fromZero, firstRound) { DotsMax = DotsMax }
            .Draw($"chart-{id}", Markup.Clean(title), format, Tick);

    /// <summary>What lines show, a row for each round.</summary>
    public static Sheet Table(IReadOnlyList<LineChart.Line> lines, Func<double, string> format)
    {
        var values = lines
            .Select(line => line.Points.ToDictionary(point => point.Round, point => point.Value)).ToList();
        return new(
            [
                new("round", "Round"),
                .. lines.Select(line => new SheetColumn(line.Name, line.Name, value => format((double)value))),
            ],
            values.SelectMany(line => line.Keys).Distinct().Order().Select(object?[] (round) =>
                [round, .. values.Select(line => line.TryGetValue(round, out var value) ? value : (object?)null)]))
        { IsGrowing = true };
    }

    private static string Tick(double value, int decimals) =>
        Math.Abs(value) >= 1e6 || (decimals > TickDecimalsMax && value != 0)
            ? value.ToString("0.###e+0", CultureInfo.InvariantCulture)
            : value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
