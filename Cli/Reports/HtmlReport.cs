using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Gateway.Charts;
using static FedLowRank.Gateway.Charts.Markup;

namespace FedLowRank.Cli.Reports;

/// <summary>The results as one self-contained HTML page: no script, and nothing is fetched.</summary>
public static class HtmlReport
{
    private const int Colours = 6;

    /// <summary>The page, which is well-formed XML too.</summary>
    /// <param name="title">What was simulated.</param>
    /// <param name="arms">The federations to compare, at least one.</param>
    /// <exception cref="ArgumentException">There is no arm, or their tasks differ.</exception>
    public static string Render(string title, IReadOnlyList<SimulationResult> arms)
    {
        var task = TaskFigures.Of(arms);
        var page = Element(
            "html",
            At("lang", "en"),
            Element(
                "head",
                Element("meta", At("charset", "utf-8")),
                Element("meta", At("name", "viewport"), At("content", "width=device-width, initial-scale=1")),
                Element("meta", At("name", "color-scheme"), At("content", "light dark")),
                Element("title", Clean(title)),
                Element("style", ReportStyle.Css)),
            Element(
                "body",
                Element(
                    "header",
                    Element("p", At("class", "brand"), "FedLowRank"),
                    Element("h1", Clean(title)),
                    Summary(arms)),
                Element(
                    "main",
                    Element("div", At("class", "tiles"), arms.Select((arm, index) => Tile(task, arm, index))),
                    Sections(task, arms))));
        return $"<!DOCTYPE html>\n{page.ToString(SaveOptions.DisableFormatting)}\n";
    }

    /// <summary>The class that gives an arm its colour.</summary>
    internal static string Colour(int arm) => $"arm{arm % Colours}";

    /// <summary>The largest epsilon of any agent; infinity where nothing is promised, 0 where nobody trained.</summary>
    internal static double EpsilonMax(SimulationResult arm) =>
        arm.IsPrivate ? arm.Agents.Select(agent => agent.Epsilon).DefaultIfEmpty(0).Max() : double.PositiveInfinity;

    private static IEnumerable<XElement> Sections(TaskFigures task, IReadOnlyList<SimulationResult> arms)
    {
        yield return Section(
            "Final figures",
            "Quality on the test examples, which count as public; values are what one agent sends and receives in a " +
            "round. How many examples were trained on is known to the simulator only: a real agent never tells.",
            ReportTables.Final(arms));
        yield return Section(
            task.Headline.Title,
            $"{task.HeadlineMeaning} The first and last points are over all test examples, those between over as " +
            "many as the configuration's evaluation allows.",
            Legend(arms),
            Plot(Headline(task, arms).Draw(
                task.Headline.Column,
                $"{task.Headline.Title} after each round",
                task.Headline.Format,
                task.IsShare ? PercentTick : NumberTick)));
        yield return Section("Loss", $"{task.LossMeaning}, after each round.",
            Legend(arms),
            Plot(Loss(arms).Draw("loss", "Loss after each round", Figures.Loss, NumberTick)));

        yield return Privacy(arms);

        var charted = arms.Where(arm => arm.Rounds.Any(round => round.Spectra.Length > 0)).ToList();
        if ((charted.LastOrDefault(arm => arm.IsPrivate) ?? charted.LastOrDefault()) is { } spectral)
        {
            yield return Section(
                "Singular values",
                $"Of the change (\u03B1/r)\u2009BA of each adapted layer over the rounds, {Clean(spectral.Name)}; " +
                "the largest is darkest.",
                Element("div", At("class", "layers"), SpectrumChart.Draw(spectral, "spectrum")),
                Details("Last values as a table", ReportTables.Spectra(spectral)));
        }

        yield return Section("Agents", "Examples are known to the simulator only: a real agent never tells.",
            ReportTables.Agents(arms));
        yield return Section("Rounds", "Every figure behind the charts.",
            Details("All rounds as a table", ReportTables.Rounds(arms)));
        yield return Section(
            "Configuration", "What was run, with every default; it can be run again as it stands.",
            [.. arms.Select(arm => Details(
                Clean(arm.Name), Element("pre", Clean(SimulationConfigFile.ToJson(arm.Configuration)))))]);
    }

    private static XElement Privacy(IReadOnlyList<SimulationResult> arms)
    {
        var isPrivate = arms.Any(arm => arm.IsPrivate);
        return Section(
            "Privacy spent",
            isPrivate
                ? "Epsilon of each agent's own guarantee for each text, at the run's \u03B4; smaller is more private."
                : "No arm is private: its agents train without noise, so nothing bounds what their updates reveal.",
            isPrivate
                ? [
                    Element("h3", "Largest epsilon after each round"),
                    Plot(Epsilon(arms).Draw("epsilon", "Largest epsilon by round", Figures.Epsilon, NumberTick)),
                    arms.Select((arm, index) => arm.IsPrivate && arm.Agents.Length > 0 ? Agents(arm, index) : null),
                ]
                : []);
    }

    private static object[] Agents(SimulationResult arm, int index) =>
    [
        Element("h3", $"By agent, {Clean(arm.Name)} (\u03B4 = {Figures.Small(arm.Delta)})"),
        Plot(EpsilonChart.Draw(arm, $"agents{index}", Colour(index))),
    ];

    private static LineChart Headline(TaskFigures task, IReadOnlyList<SimulationResult> arms) => new(
        Lines(arms, task.Headline),
        [
            new(task.BaselineName, task.Baseline(arms[0]) ?? double.NaN),
            new("untrained", task.Headline.Value(arms[0].Untrained) ?? double.NaN),
        ],
        fromZero: true);

    private static LineChart Loss(IReadOnlyList<SimulationResult> arms) => new(
        Lines(arms, TaskFigures.Loss), [new("untrained", arms[0].Untrained.Loss)], fromZero: false);

    private static LineChart Epsilon(IReadOnlyList<SimulationResult> arms) => new(
        [
            .. arms.Index().Where(arm => arm.Item.IsPrivate).Select(arm => new LineChart.Line(
                Clean(arm.Item.Name),
                Colour(arm.Index),
                [(0, 0), .. arm.Item.Rounds.Select(round => (round.Round, round.EpsilonMax))])),
        ],
        [],
        fromZero: true);

    private static LineChart.Line[] Lines(IReadOnlyList<SimulationResult> arms, QualityFigure figure) =>
    [
        .. arms.Select((arm, index) => new LineChart.Line(
            Clean(arm.Name),
            Colour(index),
            [
                (0, figure.Value(arm.Untrained) ?? double.NaN),
                .. arm.Rounds.Where(round => round.Quality is not null)
                    .Select(round => (round.Round, figure.Value(round.Quality!) ?? double.NaN)),
            ])),
    ];

    private static XElement Summary(IReadOnlyList<SimulationResult> arms)
    {
        var agents = arms.Max(arm => arm.Agents.Length);
        var rounds = arms.Max(arm => arm.Rounds.Length);
        return Element("p", At("class", "quiet"), string.Join(
            " \u00B7 ",
            $"{agents} {(agents == 1 ? "agent" : "agents")}",
            $"{rounds} {(rounds == 1 ? "round" : "rounds")}",
            $"{Figures.Count(arms.Sum(arm => arm.ExamplesTrained))} examples trained",
            Figures.Duration(arms.Sum(arm => arm.Seconds))));
    }

    private static XElement Tile(TaskFigures task, SimulationResult arm, int index) => Element(
        "div",
        At("class", $"tile {Colour(index)}"),
        Element("p", At("class", "who"), Clean(arm.Name)),
        Element("p", At("class", "figure"), task.Headline.Text(arm.Final)),
        Element("p", At("class", "quiet"), arm.IsPrivate
            ? $"{task.Headline.InText} at \u03B5 \u2264 {Figures.Epsilon(EpsilonMax(arm))}, " +
                $"\u03B4 = {Figures.Small(arm.Delta)}"
            : $"{task.Headline.InText}, not private"));

    private static XElement Section(string title, string lead, params object?[] content) =>
        Element("section", Element("h2", title), Element("p", At("class", "lead"), lead), content);

    private static XElement Plot(XElement drawing) =>
        Element("div", At("class", "scroll plot"), At("tabindex", "0"), drawing);

    // Names stand at the ends of the lines too; a phone shows those only after scrolling.
    private static XElement Legend(IReadOnlyList<SimulationResult> arms) => Element(
        "ul",
        At("class", "legend"),
        arms.Select((arm, index) =>
            Element("li", Element("i", At("class", $"swatch {Colour(index)}")), Clean(arm.Name))));

    private static XElement Details(string summary, XElement content) =>
        Element("details", Element("summary", summary), content);

    private static string PercentTick(double share, int decimals) =>
        (share * 100).ToString($"F{Math.Max(decimals - 2, 0)}", CultureInfo.InvariantCulture) + "\u202F%";

    private static string NumberTick(double value, int decimals) =>
        value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
