using System.Globalization;
using FedLowRank.Gateway.Charts;
using FedLowRank.Gateway.Console.Sheets;
using FedLowRank.Gateway.Console.Spectra;

namespace FedLowRank.Gateway.Console.Drawings;

/// <summary>Charts of a run's adapted layers over its rounds.</summary>
internal static class LayerCharts
{
    /// <summary>More layers than these are drawn as the least, the median and the greatest of all.</summary>
    public const int LinesMax = 6;

    /// <summary>Most layers whose singular values are drawn, and most values of each.</summary>
    public const int LayersMax = 12, ValuesMax = 8;

    /// <summary>Smaller angles are what computing in double precision leaves of none.</summary>
    private const double TurnMinDegrees = 1e-9;

    /// <summary>Singular values of what the adapter adds to each layer.</summary>
    public static ChartView SingularValues(RunSpectra run)
    {
        var drawn = run.Rounds[^1].Figures.Layers.OrderByDescending(layer => layer.SingularValues[0])
            .Take(LayersMax).Select(layer => layer.Module).ToHashSet(StringComparer.Ordinal);
        var rounds = run.Rounds.Select(one => new SpectrumChart.Round(
            one.Round,
            [
                .. one.Figures.Layers.Where(layer => drawn.Contains(layer.Module)).Select(layer =>
                    (layer.Module, (IReadOnlyList<double>)[.. layer.SingularValues.Take(ValuesMax)])),
            ])).ToList();
        var layers = run.Rounds[^1].Figures.Layers.Count;
        return new(
            "singular-values", "Singular values",
            $"Of the change (α/r) B A of each adapted layer, at most the {ValuesMax} largest; the largest is on top." +
                (layers > drawn.Count
                    ? $" Drawn are the {drawn.Count} of {layers} layers that change most."
                    : ""),
            [.. SpectrumChart.Draw(rounds, "chart-singular", run.FirstRound)],
            Table(run with { Rounds = [run.Rounds[^1]] }));
    }

    /// <summary>Over how many directions each layer's change is spread.</summary>
    public static ChartView EffectiveRank(RunSpectra run)
    {
        var lines = Of(run, layer => layer.EffectiveRank);
        return new(
            "effective-rank", "Effective rank",
            "Over how many directions a layer's change is spread: exp of the entropy of its singular values' shares.",
            [
                Lines.Draw(
                    "effective-rank", "Effective rank of the layers after each round", lines, run.FirstRound,
                    fromZero: true, RoundCharts.Value),
            ],
            Lines.Table(lines, RoundCharts.Value));
    }

    /// <summary>How far each layer's directions turned in a round.</summary>
    public static ChartView Turns(RunSpectra run)
    {
        var lines = Of(run, layer => layer.TurnMaxDegrees is < TurnMinDegrees ? 0 : layer.TurnMaxDegrees);
        return new(
            "turns", "How far the subspace moved, in degrees",
            "The largest angle between the row spaces of A before and after a round: 0 where it learns in the same " +
                "directions as before, 90 where at least one of them is wholly new.",
            [
                Lines.Draw(
                    "turns", "Largest angle between the row spaces of A before and after each round, in degrees",
                    lines, run.FirstRound, fromZero: true, Degrees),
            ],
            Lines.Table(lines, Degrees));
    }

    /// <summary>All figures of all layers.</summary>
    public static Sheet Table(RunSpectra run)
    {
        var values = run.Rounds.SelectMany(one => one.Figures.Layers).Select(layer => layer.SingularValues.Count)
            .DefaultIfEmpty().Max();
        return new(
            [
                new("round", "Round"), new("layer", "Layer"), new("effective_rank", "Effective rank", Short),
                new("turn_max_degrees", "Moved, largest angle", Angle),
                new("turn_mean_degrees", "Moved, mean angle", Angle),
                .. Enumerable.Range(1, values).Select(index => new SheetColumn(
                    string.Create(CultureInfo.InvariantCulture, $"singular_value_{index}"),
                    string.Create(CultureInfo.InvariantCulture, $"s{index}"), Short)),
            ],
            run.Rounds.SelectMany(one => one.Figures.Layers.Select(object?[] (layer) =>
            [
                one.Round, layer.Module, layer.EffectiveRank, layer.TurnMaxDegrees, layer.TurnMeanDegrees,
                .. Enumerable.Range(0, values).Select(index =>
                    (object?)(index < layer.SingularValues.Count ? layer.SingularValues[index] : null)),
            ])));
    }

    private static List<LineChart.Line> Of(RunSpectra run, Func<LayerFigures, double?> value)
    {
        var modules = run.Rounds[^1].Figures.Layers.Select(layer => layer.Module).ToList();
        if (modules.Count <= LinesMax)
        {
            return
            [
                .. modules.Select((module, index) => Lines.Of(module, index, run.Rounds.Select(one => (
                    one.Round,
                    one.Figures.Layers.FirstOrDefault(layer => layer.Module == module) is { } layer
                        ? value(layer)
                        : null)))),
            ];
        }

        var sorted = run.Rounds.Select(one => (
            one.Round, Values: one.Figures.Layers.Select(value).OfType<double>().Order().ToList())).ToList();
        return
        [
            Line("greatest layer", 0, values => values[^1]),
            Line("median layer", 1, values => values[values.Count / 2]),
            Line("least layer", 2, values => values[0]),
        ];

        LineChart.Line Line(string name, int index, Func<List<double>, double> choose) => Lines.Of(
            name, index,
            sorted.Select(one => (one.Round, one.Values.Count == 0 ? (double?)null : choose(one.Values))));
    }

    private static string Short(object value) => RoundCharts.Value((double)value);

    private static string Angle(object degrees) => Degrees((double)degrees);

    private static string Degrees(double degrees) => degrees is > 0 and < 0.001
        ? degrees.ToString("0.#e+0°", CultureInfo.InvariantCulture)
        : degrees.ToString("0.###°", CultureInfo.InvariantCulture);
}
