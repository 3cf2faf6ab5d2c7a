using System.Text;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Tests;

namespace FedLowRank.Cli.Tests.Runs;

/// <summary>Run files: what they say, and every fault by its name.</summary>
public sealed class RunConfigTests
{
    private static RunConfig Read(params (string Old, string New)[] changes) =>
        RunConfigFile.Parse(Encoding.UTF8.GetBytes(SampleRun.Json(changes)), "run.json", Path.GetTempPath());

    [Fact]
    public void A_run_file_is_read_with_its_defaults()
    {
        var config = Read();
        Assert.Equal(["ham", "spam"], config.Labels!);
        Assert.Equal(FactorStart.Orthonormal, config.Method.Start);
        Assert.Equal(new PrivacyConfig(4, 1e-5, 1), config.Privacy);
        Assert.Equal(1, config.WeightMax);
        Assert.Null(config.Shards);
        Assert.Equal(WeightFormat.Full, config.BaseFormat);
        Assert.Equal(new RunSchedule.Automatic(0), config.Schedule);
        Assert.Equal(
            new RoundPolicy
            {
                SelectingSeconds = 60,
                CollectingSeconds = 3600,
                WorkSeconds = 600,
                EvaluatingSeconds = 600,
                CohortSize = 3,
                OverSelection = 1,
                Quorum = 2,
                DistinctAgentsMin = 2,
                MissedQuorum = new(0, 2, LastResort.Pause),
                WorkRetriesMax = 5,
            },
            config.Policy);
    }

    [Fact]
    public void Everything_can_be_said()
    {
        var config = Read(
            ("'weights': 'equal'", "'weights': 'declared', 'weightMax': 500"),
            ("'quorum': 2", """
                'quorum': 2, 'selectingSeconds': 5, 'overSelection': 1.5, 'distinctAgentsMin': 1,
                'requiredAgents': ['north', 'south'], 'workRetriesMax': 0, 'directUploads': true,
                'missedQuorum': { 'extendSeconds': 9, 'retriesMax': 0, 'lastResort': 'fail' }
                """),
            ("'model': 'model'", "'model': 'model', 'baseFormat': 'int8'"),
            ("'seed': 7", "'seed': 7, 'shards': 2, 'schedule': { 'type': 'manual', 'triggerWithinSeconds': 99 }"));
        Assert.Equal((500, 2), (config.WeightMax, config.Shards));
        Assert.Equal(WeightFormat.EightBit, config.BaseFormat);
        Assert.Equal(new RunSchedule.Manual(99), config.Schedule);
        Assert.Equal(new MissedQuorumRule(9, 0, LastResort.Fail), config.Policy.MissedQuorum);
        Assert.True(config.Policy.DirectUploads);
        Assert.Equal(["north", "south"], config.Policy.RequiredAgents.Select(agent => agent.Value));
    }

    [Fact]
    public void A_run_says_openly_that_it_is_not_private()
    {
        Assert.Null(Read((SampleRun.Privacy, "'privacy': null,")).Privacy);
        var error = Assert.Throws<ConfigException>(() => Read((SampleRun.Privacy, "")));
        Assert.Equal("privacy", Assert.Single(error.Errors).Path);
    }

    [Theory]
    [InlineData("'start': 'orthonormal'", "'start': 'gradientSketch'", "method.start", "would spend privacy budget")]
    [InlineData("'start': 'orthonormal'", "'start': 'calibrated'", "method.publicText", "is missing")]
    [InlineData("'start': 'orthonormal'", "'start': 'sideways'", "method.start", "sideways")]
    [InlineData("'name': 'fedsvd'", "'name': 'fedmagic'", "method.name", "fedmagic")]
    [InlineData("'samplingRate': 0.1", "'batch': 10", "training.batch", "samplingRate")]
    [InlineData("'samplingRate': 0.1", "'samplingRate': 1.5", "training.samplingRate", "1.5")]
    [InlineData("'localSteps': 3", "'localSteps': 0", "training.localSteps", "is 0")]
    [InlineData("'localSteps': 3", "'localSteps': 3, 'gradientNormMax': 1", "training.gradientNormMax", "privacy.clip")]
    [InlineData("'rank': 4", "'rank': 4, 'rankByAgent': { 'north': 2 }", "lora.rankByAgent", "one rank")]
    [InlineData("'labels': ['spam', 'ham'],", "", "data.labels", "exactly one")]
    [InlineData("'labels': ['spam', 'ham'],", "'labels': ['a', 'b'], 'labelsFile': 'x',", "data.labels", "exactly one")]
    [InlineData("'labels': ['spam', 'ham'],", "'labels': ['a', 'a'],", "data.labels", "more than once")]
    [InlineData("'labels': ['spam', 'ham'],", "'labelsFile': 'no-such-file.txt',", "data.labelsFile", "cannot be read")]
    [InlineData("'tokensMax': 8", "'tokensMax': 2", "data.tokensMax", "is 2")]
    [InlineData("'cohortSize': 3", "'cohortSize': 0", "policy.cohortSize", "is 0")]
    [InlineData("'quorum': 2", "'quorum': 4", "policy.quorum", "is 4")]
    [InlineData("'quorum': 2", "'quorum': 2, 'distinctAgentsMin': 3", "policy.distinctAgentsMin", "is 3")]
    [InlineData("'quorum': 2", "'quorum': 2, 'overSelection': 0.5", "policy.overSelection", "0.5")]
    [InlineData("'quorum': 2", "'quorum': 2, 'requiredAgents': ['a/b']", "policy.requiredAgents", "a/b")]
    [InlineData("'quorum': 2", "'quorum': 2, 'requiredAgents': ['a', 'a']", "policy.requiredAgents", "more than once")]
    [InlineData("'quorum': 2", "'quorum': 2, 'patience': 1", "policy.patience", "no known field")]
    [InlineData(
        "'quorum': 2", "'quorum': 2, 'missedQuorum': { 'lastResort': 'cry' }", "policy.missedQuorum.lastResort", "cry")]
    [InlineData("'seed': 7", "'seed': 7, 'shards': 0", "shards", "is 0")]
    [InlineData("'seed': 7", "'seed': 7, 'shards': 'many'", "shards", "many")]
    [InlineData("'seed': 7", "'seed': 7, 'schedule': { 'type': 'weekly' }", "schedule.type", "weekly")]
    [InlineData(
        "'seed': 7", "'seed': 7, 'schedule': { 'type': 'manual', 'restSeconds': 1 }", "schedule.restSeconds",
        "no known")]
    [InlineData("'seed': 7", "'seed': 7, 'weightMax': 9", "weightMax", "declared")]
    [InlineData("'seed': 7", "'seed': 7, 'agents': {}", "agents", "no known field")]
    public void Each_fault_is_named(string old, string @new, string path, string words)
    {
        var error = Assert.Throws<ConfigException>(() => Read((old, @new)));
        Assert.Contains(
            error.Errors, fault => fault.Path == path && fault.Message.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("spam\nham\n", null)]
    [InlineData("spam\r\nham", null)]
    [InlineData("spam\n\nham\n", "empty line")]
    [InlineData("spam\nspam\n", "more than once")]
    public void Labels_come_from_a_public_file_too(string text, string? fault)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var change = ("'labels': ['spam', 'ham'],", $"'labelsFile': '{file.Replace('\\', '/')}',");
            if (fault is null)
            {
                Assert.Equal(["ham", "spam"], Read(change).Labels!);
                return;
            }

            var error = Assert.Single(Assert.Throws<ConfigException>(() => Read(change)).Errors);
            Assert.Equal("data.labelsFile", error.Path);
            Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Next_token_training_has_no_labels()
    {
        var task = ("'model':", "'task': 'nextToken', 'model':");
        var error = Assert.Throws<ConfigException>(() => Read(task, ("'head': 'output'", "'head': 'none'")));
        Assert.Equal("data.labels", Assert.Single(error.Errors).Path);
        var config = Read(
            task, ("'head': 'output'", "'head': 'none'"), ("'labels': ['spam', 'ham'],", ""));
        Assert.Null(config.Labels);
        Assert.Null(config.LabelColumn);
    }

    [Fact]
    public void The_sample_run_is_the_sample_simulation_between_machines()
    {
        var folder = RepositoryFiles.Path("samples", "debian-topics");
        var run = RunConfigFile.Read(Path.Combine(folder, "run.json"));
        var simulation = SimulationConfigFile.Read(Path.Combine(folder, "federated-private.json"));
        Assert.Equal(simulation.Privacy, run.Privacy);
        Assert.Equal(simulation.Method, run.Method);
        Assert.Equal(simulation.Rounds, run.Rounds);
        Assert.Equal(simulation.Lora.Targets, run.Lora.Targets);
        Assert.Equal(simulation.Training with { Batch = null, SamplingRate = 0.14 }, run.Training);
        Assert.Equal((simulation.ModelFolder, 18, 11), (run.ModelFolder, run.Labels!.Count, run.Policy.CohortSize));
    }
}
