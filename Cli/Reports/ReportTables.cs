using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Cli.Simulation;
using static FedLowRank.Cli.Reports.Markup;

namespace FedLowRank.Cli.Reports;

/// <summary>The figures behind the charts, as tables.</summary>
internal static class ReportTables
{
    /// <summary>One row for each arm, under those that need no training.</summary>
    public static XElement Final(IReadOnlyList<SimulationResult> arms)
    {
        var majority = Row("Majority class", Blank(1), Percent(arms[0].MajorityAccuracy), Blank(8));
        var untrained = Row(
            "Untrained",
            Blank(1),
            Percent(arms[0].Untrained.Accuracy),
            Number(Figures.Percent(arms[0].Untrained.MacroF1)),
            Number(Figures.Loss(arms[0].Untrained.Loss)),
            Blank(5));
        return Table(
            ["Arm", "Method"],
            ["Accuracy", "Macro-F1", "Loss", "Largest \u03B5", "Values up", "Values down", "Examples", "Time"],
            [majority, untrained, .. arms.Select(Final)]);
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
            Number(arm.IsPrivate ? Figures.Short(agent.NoiseMultiplier) : "none"),
            Number(Figures.Epsilon(agent.Epsilon))))));

    /// <summary>One row for each round of each arm.</summary>
    public static XElement Rounds(IReadOnlyList<SimulationResult> arms) => Table(
        ["Arm"],
        ["Round", "Agents", "Accuracy", "Macro-F1", "Loss", "Largest \u03B5", "Saturated values", "Time"],
        arms.SelectMany(arm => arm.Rounds.Select(round => Row(
            Clean(arm.Name),
            Number(round.Round.ToString(CultureInfo.InvariantCulture)),
            Number(Figures.Count(round.Cohort.Length)),
            Number(round.Quality is null ? "" : Figures.Percent(round.Quality.Accuracy)),
            Number(round.Quality is null ? "" : Figures.Percent(round.Quality.MacroF1)),
            Number(round.Quality is null ? "" : Figures.Loss(round.Quality.Loss)),
            Number(Figures.Epsilon(round.EpsilonMax)),
            Number(Figures.Count(round.SaturatedValues)),
            Number(Figures.Duration(round.Seconds))))));

    /// <summary>One row for each layer, as it was after the last round that recorded it.</summary>
    public static XElement Spectra(SimulationResult arm) => Table(
        ["Layer", "Singular values after the last round"],
        [],
        arm.Rounds[^1].Spectra.Select(layer => Row(
            Clean(layer.Module),
            Element("td", string.Join("\u2002", layer.SingularValues.Select(Figures.Short))))));

    private static XElement Final(SimulationResult arm, int index) => Row(
        Element("span", Element("i", At("class", $"swatch {HtmlReport.Colour(index)}")), Clean(arm.Name)),
        Element("td", Clean(arm.Method)),
        Percent(arm.Final.Accuracy, HtmlReport.Colour(index)),
        Number(Figures.Percent(arm.Final.MacroF1)),
        Number(Figures.Loss(arm.Final.Loss)),
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

    // A bar beside the figure makes the column a chart.
    private static XElement Percent(double share, string colour = "level") => Element(
        "td",
        At("class", $"number share {colour}"),
        At("style", $"--part:{Place(double.IsFinite(share) ? Math.Clamp(share, 0, 1) : 0)}"),
        Figures.Percent(share));

    private static IEnumerable<XElement> Blank(int cells) => Enumerable.Range(0, cells).Select(_ => Element("td"));
}
