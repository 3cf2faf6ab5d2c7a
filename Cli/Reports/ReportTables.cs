using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Cli.Simulation;
using FedLowRank.Federation.Configuration;
using FedLowRank.Gateway.Charts;
using static FedLowRank.Gateway.Charts.Markup;

namespace FedLowRank.Cli.Reports;

/// <summary>The figures behind the charts, as tables.</summary>
internal static class ReportTables
{
    /// <summary>One row for each arm, under those that need no training.</summary>
    public static XElement Final(IReadOnlyList<SimulationResult> arms)
    {
        var task = TaskFigures.Of(arms);
        string[] costs = ["Largest \u03B5", "Values up", "Values down", "Examples", "Time"];
        var baseline = Row(
            char.ToUpperInvariant(task.BaselineName[0]) + task.BaselineName[1..],
            Blank(2),
            Headline(task, task.Baseline(arms[0]), "level"),
            Blank(task.All.Count - 1 + costs.Length));
        var untrained = Row("Untrained", Blank(2), Qualities(task, arms[0].Untrained, "level"), Blank(costs.Length));
        return Table(
            ["Arm", "Method", "Start"],
            [.. task.All.Select(figure => figure.Title), .. costs],
            [baseline, untrained, .. arms.Select((arm, index) => Final(task, arm, index))]);
    }

    /// <summary>One row for each agent of each arm.</summary>
    public static XElement Agents(IReadOnlyList<SimulationResult> arms) => Table(
        ["Agent", "Arm"],
        ["Examples", "Declared n", "Rounds", "Noise multiplier", "\u03B5"],
        arms.SelectMany(arm => arm.Agents.Select(agent => Row(
            Clean(agent.Name),
            Element("td", Clean(arm.Name)),
            Number(Figures.Count(agent.Examples)),
            Number(Figures.Count(agent.NominalExamples)),
            Number(Figures.Count(agent.Rounds)),
            Number(arm.IsPrivate ? Figures.Small(agent.NoiseMultiplier) : "none"),
            Number(Figures.Epsilon(agent.Epsilon))))));

    /// <summary>One row for each round of each arm.</summary>
    public static XElement Rounds(IReadOnlyList<SimulationResult> arms)
    {
        var figures = TaskFigures.Of(arms).All;
        return Table(
            ["Arm"],
            [
                "Round", "Agents", .. figures.Select(figure => figure.Title),
                "Largest \u03B5", "Saturated values", "Time",
            ],
            arms.SelectMany(arm => arm.Rounds.Select(round => Row(
                Clean(arm.Name),
                Number(round.Round.ToString(CultureInfo.InvariantCulture)),
                Number(Figures.Count(round.Cohort.Length)),
                figures.Select(figure => Number(figure.Text(round.Quality))),
                Number(Figures.Epsilon(round.EpsilonMax)),
                Number(Figures.Count(round.SaturatedValues)),
                Number(Figures.Duration(round.Seconds))))));
    }

    /// <summary>One row for each layer, as it was after the last round that recorded it.</summary>
    public static XElement Spectra(SimulationResult arm) => Table(
        ["Layer", "Singular values after the last round"],
        [],
        arm.Rounds[^1].Spectra.Select(layer => Row(
            Clean(layer.Module),
            Element("td", string.Join("\u2002", layer.SingularValues.Select(Figures.Small))))));

    private static XElement Final(TaskFigures task, SimulationResult arm, int index) => Row(
        Element("span", Element("i", At("class", $"swatch {HtmlReport.Colour(index)}")), Clean(arm.Name)),
        Element("td", Clean(arm.Method)),
        Element("td", ConfigObject.InJson(arm.Start)),
        Qualities(task, arm.Final, HtmlReport.Colour(index)),
        Number(Figures.Epsilon(HtmlReport.EpsilonMax(arm))),
        Number(Figures.Count(arm.UpValuesPerRound)),
        Number(Figures.Count(arm.DownValuesPerRound)),
        Number(Figures.Count(arm.ExamplesTrained)),
        Number(Figures.Duration(arm.Seconds)));

    // Columns of text, then columns of numbers.
    private static XElement Table(string[] texts, string[] numbers, IEnumerable<XElement> rows) => Element(
        "div",
        At("class", "scroll"),
        At("tabindex", "0"),
        Element(
            "table",
            Element(
                "thead",
                Element(
                    "tr",
                    texts.Select(head => Element("th", At("scope", "col"), head)),
                    numbers.Select(head => Element("th", At("scope", "col"), At("class", "number"), head)))),
            Element("tbody", rows)));

    private static XElement Row(object head, params object?[] cells) =>
        Element("tr", Element("th", At("scope", "row"), head), cells);

    private static XElement Number(string text) => Element("td", At("class", "number"), text);

    private static IEnumerable<XElement> Qualities(TaskFigures task, TestQuality quality, string colour) =>
        task.All.Select(figure => figure == task.Headline
            ? Headline(task, figure.Value(quality), colour)
            : Number(figure.Text(quality)));

    // A bar beside a share makes the column a chart.
    private static XElement Headline(TaskFigures task, double? value, string colour) => task.IsShare
        ? Element(
            "td",
            At("class", $"number share {colour}"),
            At("style", $"--part:{Place(value is { } share && double.IsFinite(share) ? Math.Clamp(share, 0, 1) : 0)}"),
            task.Headline.Text(value))
        : Number(task.Headline.Text(value));

    private static IEnumerable<XElement> Blank(int cells) => Enumerable.Range(0, cells).Select(_ => Element("td"));
}
