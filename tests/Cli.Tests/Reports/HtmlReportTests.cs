using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Reports;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Gateway.Charts;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Tests.Reports;

/// <summary>
/// Goal: the page is whole, safe and true for any result. Method: parse it as XML and look for the figures of
/// made-up results, also of the odd ones.
/// </summary>
public class HtmlReportTests
{
    [Fact]
    public void Names_are_escaped_wherever_they_stand()
    {
        const string Evil = "<script>alert('x')</script> & \"quoted\"";
        var arm = SampleResults.Arm(Evil);
        arm = arm with { Method = Evil, Agents = [arm.Agents[0] with { Name = Evil }] };

        var page = HtmlReport.Render(Evil, [arm]);

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Equal(Evil, Parse(page).Descendants("h1").Single().Value);
    }

    [Theory]
    [InlineData("bell\u0007")]
    [InlineData("half \uD800 a pair")]
    [InlineData("\uFFFF")]
    public void Characters_that_no_page_may_hold_are_replaced(string name) =>
        Assert.Contains('\uFFFD', Render(SampleResults.Arm(name)).Descendants("h3").Last().Value);

    [Fact]
    public void Whatever_only_a_simulator_can_know_is_said_to_be_so()
    {
        var page = Render(SampleResults.Arm("a"));
        foreach (var head in page.Descendants("th").Where(th => th.Value == "Examples").ToArray())
        {
            var section = head.Ancestors("section").Single();
            Assert.Contains("known to the simulator only", section.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Nothing_is_fetched_and_no_script_runs()
    {
        var page = Render(SampleResults.Arm("a"), SampleResults.Arm("b", isPrivate: false));
        string[] fetching = ["script", "link", "img", "iframe", "src", "href"];
        Assert.DoesNotContain(page.Descendants(), element => fetching.Contains(element.Name.LocalName));
        Assert.DoesNotContain(page.Descendants().Attributes(), at => fetching.Contains(at.Name.LocalName));
        var style = page.Descendants("style").Single().Value;
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);
    }

    [Fact]
    public void The_style_reads_the_same_in_a_browser_and_in_an_xml_parser()
    {
        var page = HtmlReport.Render("t", [SampleResults.Arm("a")]);
        var style = Parse(page).Descendants("style").Single().Value;
        Assert.Contains(style, page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_drawing_has_a_title_and_a_description_and_ids_are_unique()
    {
        var page = Render(SampleResults.Arm("a"), SampleResults.Arm("b"));
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        foreach (var drawing in page.Descendants("svg"))
        {
            Assert.Equal("img", drawing.Attribute("role")!.Value);
            Assert.All(drawing.Attribute("aria-labelledby")!.Value.Split(' '), id => Assert.Contains(id, ids));
            Assert.NotEqual("", drawing.Element("desc")!.Value);
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(12, 0)]
    [InlineData(12, 1)]
    [InlineData(100, 100)]
    public void Every_round_and_agent_is_there(int rounds, int agents)
    {
        var arm = SampleResults.Arm("a", rounds: rounds, agents: agents);
        var page = Render(arm);

        var dots = page.Descendants("circle").Elements("title").Select(title => title.Value).ToHashSet();
        foreach (var round in arm.Rounds)
        {
            Assert.Contains($"a, round {round.Round}: {Figures.Epsilon(round.EpsilonMax)}", dots);
            if (round.Quality is null) continue;
            Assert.Contains($"a, round {round.Round}: {Figures.Percent(round.Quality.Accuracy!.Value)}", dots);
            Assert.Contains($"a, round {round.Round}: {Figures.Loss(round.Quality.Loss)}", dots);
        }

        var tables = page.Descendants("tbody").ToList();
        Assert.Equal(agents, tables[^2].Elements("tr").Count());
        Assert.Equal(rounds, tables[^1].Elements("tr").Count());
        Assert.Equal(agents, page.Descendants("rect").Count());
        AssertPlacesAreFinite(page);
    }

    [Fact]
    public void A_round_without_quality_has_no_point()
    {
        var arm = SampleResults.Arm("a", rounds: 6);
        Assert.Contains(arm.Rounds, round => round.Quality is null);

        var accuracy = Render(arm).Descendants("svg").First();
        var evaluated = arm.Rounds.Count(round => round.Quality is not null);
        Assert.Equal(evaluated + 1, accuracy.Descendants("circle").Count());
    }

    [Fact]
    public void A_report_for_tokens_speaks_of_perplexity_and_of_no_label()
    {
        var arm = SampleResults.Arm("a", task: TaskKind.NextToken);
        var page = Render(arm);
        var text = page.Root!.Element("body")!.Value;
        Assert.All((string[])["accuracy", "macro", "majority"], word => Assert.DoesNotContain(
            word, text, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Unigram", text, StringComparison.Ordinal);
        var final = Figures.Perplexity(arm.Final.Perplexity!.Value);
        Assert.Equal(
            final,
            page.Descendants("p").Single(p => p.Attribute("class")?.Value == "figure").Value);
        AssertPlacesAreFinite(page);
    }

    [Fact]
    public void The_start_and_the_configuration_are_there()
    {
        var arm = SampleResults.Arm("a") with { Start = FactorStart.GradientSketch };
        var page = Render(arm);
        Assert.Contains("gradientSketch", page.Descendants("tbody").First().Value, StringComparison.Ordinal);
        Assert.Equal(SimulationConfigFile.ToJson(arm.Configuration), page.Descendants("pre").Single().Value);
    }

    [Theory]
    [InlineData(1, "1.00")]
    [InlineData(41.26, "41.3")]
    [InlineData(1520.4, "1\u202F520")]
    [InlineData(2e12, "2e+12")]
    [InlineData(double.PositiveInfinity, "\u221E")]
    public void A_perplexity_is_written_with_as_many_digits_as_it_needs(double value, string text) =>
        Assert.Equal(text, Figures.Perplexity(value));

    [Fact]
    public void An_arm_without_privacy_shows_no_bound()
    {
        var page = Render(SampleResults.Arm("a", isPrivate: false));
        Assert.Empty(page.Descendants("rect"));
        Assert.Contains("nothing bounds", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("\u221E", page.Descendants("tbody").First().Value, StringComparison.Ordinal);
        AssertPlacesAreFinite(page);
    }

    [Theory]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(0, false)]
    [InlineData(1e300, false)]
    [InlineData(double.NaN, true)]
    [InlineData(double.PositiveInfinity, true)]
    [InlineData(700, true)]
    public void Values_of_a_run_that_diverged_do_not_break_a_drawing(double value, bool isTokens)
    {
        var task = isTokens ? TaskKind.NextToken : TaskKind.Classification;
        var arm = SampleResults.Arm("a", rounds: 3, task: task);
        var quality = isTokens
            ? TestQuality.Of(new TokenQuality(value, 1))
            : TestQuality.Of(new Quality(0, 0, value));
        AssertPlacesAreFinite(Render(arm with
        {
            Untrained = quality,
            Final = quality,
            Agents = [.. arm.Agents.Select(agent => agent with { Epsilon = value })],
            Rounds =
            [
                .. arm.Rounds.Select(round => round with
                {
                    Quality = quality,
                    EpsilonMax = value,
                    Spectra = [new("query", [value, value])],
                }),
            ],
        }));
    }

    [Fact]
    public void A_run_without_rounds_or_spectra_is_shown() =>
        AssertPlacesAreFinite(Render(SampleResults.Arm("a") with { Rounds = ImmutableArray<RoundResult>.Empty }));

    [Fact]
    public void More_arms_than_colours_are_shown() => Assert.Equal(
        9, Render([.. Enumerable.Range(0, 9).Select(i => SampleResults.Arm($"arm {i}"))]).Descendants()
            .Count(element => element.Attribute("class")?.Value.StartsWith("tile ", StringComparison.Ordinal) == true));

    [Fact]
    public void No_arm_is_refused() => Assert.Throws<ArgumentException>(() => HtmlReport.Render("t", []));

    [Fact]
    public void An_epsilon_never_looks_smaller_than_it_is() => Assert.Equal("5.991", Figures.Epsilon(5.99001));

    private static XDocument Render(params SimulationResult[] arms) => Parse(HtmlReport.Render("title", arms));

    private static XDocument Parse(string page) => XDocument.Parse(page);

    private static void AssertPlacesAreFinite(XDocument page)
    {
        string[] places = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "points"];
        foreach (var attribute in page.Descendants("svg").DescendantsAndSelf().Attributes()
            .Where(attribute => places.Contains(attribute.Name.LocalName)))
        {
            foreach (var number in attribute.Value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
            {
                // Within the widest drawing and the longest list of bars.
                Assert.InRange(double.Parse(number, CultureInfo.InvariantCulture), 0, 5000);
            }
        }
    }
}
