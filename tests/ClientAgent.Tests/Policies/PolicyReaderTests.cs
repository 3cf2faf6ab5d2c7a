using System.Globalization;
using System.Text;
using FedLowRank.ClientAgent.Logs;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Tests.World;

namespace FedLowRank.ClientAgent.Tests.Policies;

/// <summary>Goal: no rule is misread or dropped. Method: one policy, changed in one place at a time.</summary>
public class PolicyReaderTests
{
    [Fact]
    public void Every_rule_is_read()
    {
        var policy = Parse(
            ("\"runs\": [\"demo\"],",
                "\"runs\": [\"demo\", \"*\"], \"baseModels\": [\"" + new string('a', 64) + "\"],"),
            ("\"splitColumn\": \"split\"", """
                "splitColumn": "split", "trainSplit": "fit", "textColumn": "t", "labelColumn": "l",
                "clientColumn": "c", "clients": ["a", "rest-2"], "splitClient": { "name": "rest", "parts": 5 }
                """),
            ("\"nominalExamples\": 40", """
                "nominalExamples": 40, "privateOnly": false, "threads": 3, "hours": ["mon-fri 20:00-06:00"],
                "slots": { "folder": "../slots", "count": 2 }, "log": { "lines": 7, "level": "info" },
                "evaluation": { "path": "public.csv", "splitColumn": "s" }
                """));
        Assert.Equal(["demo", "*"], policy.Runs!);
        Assert.Single(policy.BaseModels!);
        Assert.EndsWith("model", policy.BaseModelFolder, StringComparison.Ordinal);
        var data = policy.Data!;
        Assert.Equal(("t", "l", "id", "split", "fit", "c"),
            (data.TextColumn, data.LabelColumn, data.IdColumn, data.SplitColumn, data.Split, data.ClientColumn));
        Assert.Equal(new ClientParts("rest", 5), data.SplitClient);
        Assert.Equal(["a", "rest-2"], data.Clients!);
        Assert.Equal(("s", "test"), (policy.Evaluation!.SplitColumn, policy.Evaluation.Split));
        Assert.Equal((40, 5.0, 1e-3), (policy.NominalExamples, policy.Budget!.Epsilon, policy.Budget.Delta));
        Assert.Equal(new TermLimits(1, 0.1, 10, 0.5, 20), policy.Limits);
        Assert.Equal((false, 3, 2), (policy.PrivateOnly, policy.Threads, policy.Slots!.Count));
        Assert.Equal("mon-fri 20:00-06:00", Assert.Single(policy.Hours).ToString());
        Assert.Equal(new LogPolicy(7, LineLevel.Info), policy.Log);
    }

    [Fact]
    public void What_is_not_said_is_not_allowed()
    {
        var policy = Parse();
        Assert.True(policy.PrivateOnly);
        Assert.Null(policy.Evaluation);
        Assert.Null(policy.Log);
        Assert.Equal("train", policy.Data!.Split);
    }

    [Theory]
    [InlineData("\"runs\": [\"demo\"]", "\"rnus\": [\"demo\"]", "runs")]
    [InlineData("\"runs\": [\"demo\"]", "\"runs\": [\"a b\"]", "runs")]
    [InlineData("\"runs\": [\"demo\"]", "\"runs\": \"demo\"", "runs")]
    [InlineData("\"runs\": [\"demo\"]", "\"baseModels\": [\"abc\"]", "baseModels")]
    [InlineData("\"baseModelFolder\": \"../model\",", "", "baseModelFolder")]
    [InlineData("\"idColumn\"", "\"idColum\"", "data.idColum")]
    [InlineData("\"path\": \"../texts.tsv\",", "", "data.path")]
    [InlineData("\"splitColumn\": \"split\"", "\"trainSplit\": \"train\"", "data.trainSplit")]
    [InlineData("\"splitColumn\": \"split\"", "\"clients\": [\"a\"]", "data.clientColumn")]
    [InlineData("\"splitColumn\": \"split\"", "\"clientColumn\": \"c\", \"clients\": []", "data.clients")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 0", "nominalExamples")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 40, \"uploads\": { }", "uploads.hosts")]
    [InlineData(
        "\"nominalExamples\": 40",
        "\"nominalExamples\": 40, \"uploads\": { \"hosts\": [\"https://a.b\"] }", "uploads.hosts")]
    [InlineData(
        "\"nominalExamples\": 40",
        "\"nominalExamples\": 40, \"uploads\": { \"hosts\": [\"a.b/c\"] }", "uploads.hosts")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 40, \"slots\": { \"count\": 2 }", "slots.folder")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 40, \"log\": { }", "log.lines")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 40, \"log\": { \"lines\": 101 }", "log.lines")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 40, \"log\": { \"lines\": 1, \"all\": 1 }", "log.all")]
    [InlineData(
        "\"nominalExamples\": 40",
        "\"nominalExamples\": 40, \"log\": { \"lines\": 1, \"level\": \"debug\" }", "log.level")]
    [InlineData("\"nominalExamples\": 40", "\"nominalExamples\": 1000", "budget.delta")]
    [InlineData("\"nominalExamples\": 40,", "", "nominalExamples")]
    [InlineData("\"epsilon\": 5", "\"epsilon\": 0", "budget.epsilon")]
    [InlineData("\"epsilon\": 5", "\"epsilon\": \"5\"", "budget.epsilon")]
    [InlineData("\"epsilon\": 5", "\"epsilom\": 5", "budget.epsilon")]
    [InlineData("\"delta\": 1e-3", "\"delta\": 0.5", "budget.delta")]
    [InlineData("\"budget\"", "\"budgte\"", "budget")]
    [InlineData("\"noiseMultiplierMin\": 1", "\"noiseMultiplierMin\": 0", "limits.noiseMultiplierMin")]
    [InlineData("\"clipMax\": 10", "\"clipMax\": 0.05", "limits.clipMax")]
    [InlineData("\"clipMin\": 0.1", "\"clipMin\": -1", "limits.clipMin")]
    [InlineData("\"samplingRateMax\": 0.5", "\"samplingRateMax\": 1.5", "limits.samplingRateMax")]
    [InlineData("\"localStepsMax\": 20", "\"localStepsMax\": 2.5", "limits.localStepsMax")]
    [InlineData("\"localStepsMax\": 20", "\"localStepsMax\": 20, \"clip\": 1", "limits.clip")]
    [InlineData("\"nominalExamples\"", "\"hours\": [\"25:00-06:00\"], \"nominalExamples\"", "hours")]
    [InlineData("\"nominalExamples\"", "\"privateOnly\": 0, \"nominalExamples\"", "privateOnly")]
    [InlineData("\"nominalExamples\"", "\"threads\": 0, \"nominalExamples\"", "threads")]
    [InlineData("\"nominalExamples\"", "\"surprise\": 1, \"nominalExamples\"", "surprise")]
    [InlineData("\"nominalExamples\"", "\"runs\": [], \"nominalExamples\"", "JSON")]
    [InlineData("{", "[", "JSON")]
    public void A_bad_rule_is_named(string old, string @new, string named)
    {
        var error = Assert.Throws<PolicyException>(() => Parse((old, @new)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_template_is_sound_and_allows_nothing()
    {
        var policy = PolicyReader.Parse(Encoding.UTF8.GetBytes(PolicyTemplate.Text), "policy.json");
        Assert.Empty(policy.Runs!);
        Assert.True(policy.PrivateOnly);
    }

    [Theory]
    [InlineData("20:00-06:00", "2026-03-02T21:00", true)]
    [InlineData("20:00-06:00", "2026-03-02T05:59", true)]
    [InlineData("20:00-06:00", "2026-03-02T06:00", false)]
    [InlineData("20:00-06:00", "2026-03-02T19:59", false)]
    [InlineData("mon 20:00-06:00", "2026-03-02T20:00", true)]
    [InlineData("mon 20:00-06:00", "2026-03-03T05:00", true)]
    [InlineData("mon 20:00-06:00", "2026-03-02T05:00", false)]
    [InlineData("fri-mon 12:00-13:00", "2026-03-01T12:30", true)]
    [InlineData("fri-mon 12:00-13:00", "2026-03-03T12:30", false)]
    [InlineData("sat-sun 00:00-00:00", "2026-03-01T23:59", true)]
    [InlineData("sat 00:00-00:00", "2026-03-01T00:00", false)]
    public void A_window_includes_its_times(string window, string local, bool isIncluded) => Assert.Equal(
        isIncluded,
        HourWindow.Parse(window)!.Includes(DateTimeOffset.Parse(
            local, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)));

    private static AgentPolicy Parse(params (string Old, string New)[] changes)
    {
        var json = AgentWorld.PolicyJson;
        foreach (var (old, @new) in changes)
        {
            Assert.Contains(old, json, StringComparison.Ordinal);
            json = json.Replace(old, @new, StringComparison.Ordinal);
        }

        return PolicyReader.Parse(Encoding.UTF8.GetBytes(json), Path.Combine("folder", "policy.json"));
    }
}
