using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Gateway.Console.Drawings;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Sheets;
using FedLowRank.Gateway.Console.Spectra;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>
/// Goal: charts show the figures, to everybody. Method: the points of the drawings and the cells of their tables are
/// compared with the histories that they are of.
/// </summary>
public class ChartTests
{
    [Fact]
    public void A_metric_is_drawn_at_every_round_with_the_value_that_was_measured()
    {
        var charts = RoundCharts.Metrics([RunHistory.Of(SampleRun.Completed(rounds: 10, agents: 2))]).ToList();
        Assert.Equal(["accuracy", "loss"], charts.Select(chart => chart.Title));
        var loss = charts[1];
        Assert.Equal(
            Enumerable.Range(1, 10).Select(round => string.Create(
                CultureInfo.InvariantCulture, $"loss, round {round}: {1.0 / round:G4}")),
            Dots(loss.Drawings[0]));
        var rows = loss.Table.Rows.ToList();
        Assert.Equal(10, rows.Count);
        Assert.All(rows, row => Assert.Equal(1.0 / (int)row[0]!, row[1]));
        AssertHeights(loss.Drawings[0], [.. Enumerable.Range(1, 10).Select(round => 1.0 / round)]);
    }

    [Fact]
    public void Two_runs_are_two_lines_that_differ_without_colour_and_are_named_at_their_ends()
    {
        var runs = new[] { SampleRun.Completed(3, 1, "first"), SampleRun.Completed(5, 1, "second") }
            .Select(RunHistory.Of).ToList();
        var chart = RoundCharts.Metrics(runs).First();
        var lines = chart.Drawings[0].Elements("g").Where(group => group.Element("polyline") is { } line &&
            (string?)line.Attribute("class") == "line").ToList();
        Assert.Equal(["series0", "series1"], lines.Select(line => line.Attribute("class")!.Value));
        var labels = chart.Drawings[0].Descendants("text").Where(text => (string?)text.Attribute("class") == "label");
        Assert.Equal(["first", "second"], labels.Select(label => label.Element("title")!.Value).Order());
        Assert.Null(chart.Table.Rows.Last()[1]);
        Assert.Equal(1 - 1.0 / 6, chart.Table.Rows.Last()[2]);
    }

    [Fact]
    public void Every_drawing_says_what_it_shows_and_has_no_style_of_its_own()
    {
        var history = RunHistory.Of(SampleRun.Completed(rounds: 4, agents: 3));
        var spending = AgentSpending.Of(history.Run, [SampleRun.Agent(SampleRun.Name(0), 1, 8, 1e-5)]);
        ChartView[] charts =
        [
            .. RoundCharts.Metrics([history]), RoundCharts.Traffic(history, 5000), RoundCharts.Durations(history),
            RoundCharts.Phases(history.Run.History[0].Durations), PrivacyCharts.Told(spending),
            PrivacyCharts.Counted(spending), LayerCharts.SingularValues(Spectra(3, 5)),
            LayerCharts.EffectiveRank(Spectra(3, 5)), LayerCharts.Turns(Spectra(3, 5)),
        ];
        foreach (var svg in charts.SelectMany(chart => chart.Drawings).SelectMany(one => one.DescendantsAndSelf("svg")))
        {
            Assert.Equal("img", (string?)svg.Attribute("role"));
            Assert.False(string.IsNullOrWhiteSpace(svg.Element("title")!.Value), svg.ToString());
            Assert.False(string.IsNullOrWhiteSpace(svg.Element("desc")!.Value), svg.ToString());
            Assert.DoesNotContain(svg.DescendantsAndSelf().Attributes(), at => at.Name.LocalName is "style");
            Assert.DoesNotContain(svg.DescendantsAndSelf(), element => element.Name.LocalName is "style" or "script");
        }

        var ids = charts.SelectMany(chart => chart.Drawings).SelectMany(one => one.DescendantsAndSelf())
            .Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(charts, chart => Assert.All(
            chart.Table.Rows, row => Assert.Equal(chart.Table.Columns.Count, row.Count)));
    }

    [Fact]
    public void The_agents_word_and_the_servers_count_are_told_apart()
    {
        var run = SampleRun.Completed(rounds: 4, agents: 2);
        var spending = AgentSpending.Of(run, [SampleRun.Agent(SampleRun.Name(1), spent: 2.5, max: 8, delta: 1e-5)]);
        var told = PrivacyCharts.Told(spending);
        Assert.Contains("own word", told.Caption, StringComparison.Ordinal);
        Assert.Contains("1 agent said nothing yet", told.Caption, StringComparison.Ordinal);
        var bar = Assert.Single(told.Drawings[0].Elements("g"));
        Assert.Equal("agent-0001: 2.500 of 8", bar.Element("title")!.Value);
        var (rect, limit) = (bar.Element("rect")!, bar.Element("line")!);
        Assert.Equal(
            2.5 / 8,
            Number(rect, "width") / (Number(limit, "x1") - Number(rect, "x")), 1e-3);

        var counted = PrivacyCharts.Counted(spending);
        Assert.Contains("lower bound", counted.Caption, StringComparison.Ordinal);
        Assert.Equal(2, counted.Drawings[0].Elements("g").Count());
        Assert.All(
            counted.Drawings[0].Elements("g"),
            one => Assert.Contains(": ≥ ", one.Element("title")!.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_spent_at_least_is_rounded_down_and_what_an_agent_says_is_rounded_up()
    {
        AgentSpending spending = new(new("a"), 1, AtLeast: 1.23456, Delta: 1e-5, new("1", "cpu", 1.23456, null, 1e-5));
        var sheet = PrivacyCharts.Table([spending]);
        var row = sheet.Rows.Single();
        Assert.Equal("1.234", SheetText.Shown(sheet.Columns[2], row[2]));
        Assert.Equal("1.235", SheetText.Shown(sheet.Columns[4], row[4]));
        var endless = PrivacyCharts.Table([spending with { AtLeast = double.PositiveInfinity }]);
        Assert.Equal("\u221E", SheetText.Shown(endless.Columns[2], endless.Rows.Single()[2]));
    }

    [Fact]
    public void Of_many_layers_the_least_the_median_and_the_greatest_are_drawn()
    {
        var chart = LayerCharts.EffectiveRank(Spectra(rounds: 3, layers: 9));
        Assert.Equal(
            ["Round", "greatest layer", "median layer", "least layer"],
            chart.Table.Columns.Select(column => column.Title));
        Assert.Equal([3, 9.0, 5.0, 1.0], chart.Table.Rows.Last());
        Assert.Equal(9, LayerCharts.SingularValues(Spectra(rounds: 3, layers: 9)).Drawings.Count);
        Assert.Equal(
            LayerCharts.LayersMax, LayerCharts.SingularValues(Spectra(rounds: 3, layers: 40)).Drawings.Count);
        Assert.Equal(4 * 40, LayerCharts.Table(Spectra(rounds: 3, layers: 40)).Rows.Count());
    }

    [Fact]
    public void The_start_has_no_turn_and_an_unmoved_space_has_one_of_zero()
    {
        var chart = LayerCharts.Turns(Spectra(rounds: 2, layers: 1));
        Assert.Equal([1, 2], chart.Table.Rows.Select(row => (int)row[0]!));
        Assert.Equal(0.0, chart.Table.Rows.First()[1]);
    }

    [Fact]
    public void Nothing_to_show_is_drawn_as_nothing()
    {
        var history = RunHistory.Of(SampleRun.Draft());
        Assert.Empty(RoundCharts.Metrics([history]));
        Assert.Empty(RoundCharts.Durations(history).Table.Rows);
        Assert.Empty(PrivacyCharts.Told([]).Drawings[0].Elements("g"));
    }

    [Fact]
    public void What_cannot_be_drawn_leaves_a_gap()
    {
        var round = SampleRun.Round(1, []) with
        {
            Result = new RoundResult.Completed(SampleRun.Hash(2), new Evaluation.Measured(
                new("judge"), [new Metric("loss", double.NaN), new Metric("bell\u0007", 1)])),
        };
        var charts = RoundCharts.Metrics([RunHistory.Of(SampleRun.Draft() with { History = [round] })]).ToList();
        Assert.Equal("bell\uFFFD", charts[0].Title);
        Assert.Empty(Dots(charts[1].Drawings[0]));
    }

    private static RunSpectra Spectra(int rounds, int layers) => new(
        FirstRound: 0, Step: 1, Wanted: rounds + 1,
        [
            .. Enumerable.Range(0, rounds + 1).Select(round => (round, new CheckpointFigures(
                SampleRun.Hash(round), 1000,
                [
                    .. Enumerable.Range(1, layers).Select(layer => new LayerFigures(
                        $"layer.{layer}", [layer, 0.5], EffectiveRank: layer, round == 0 ? null : 0.0,
                        round == 0 ? null : 0.0)),
                ],
                Problem: null))),
        ],
        Problems: []);

    private static IEnumerable<string> Dots(XElement svg) => svg.Descendants("circle").Select(dot => dot.Value);

    /// <summary>The heights of the dots are a straight line of the values.</summary>
    private static void AssertHeights(XElement svg, double[] values)
    {
        var heights = svg.Descendants("circle").Select(dot => Number(dot, "cy")).ToList();
        var perUnit = (heights[^1] - heights[0]) / (values[^1] - values[0]);
        Assert.True(perUnit < 0, "larger values are higher");
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(heights[0] + perUnit * (values[i] - values[0]), heights[i], 0.02);
    }

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
