using System.Text;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Tests;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>A configuration is taken whole or refused with every fault named: field, value, limit.</summary>
public sealed class SimulationConfigTests
{
    private static SimulationConfig Parse(string json) =>
        SimulationConfigFile.Parse(Encoding.UTF8.GetBytes(json), "tiny.json", "/base");

    private static ConfigError[] Faults(string json) =>
        [.. Assert.Throws<ConfigException>(() => Parse(json)).Errors];

    [Fact]
    public void Fields_arrive_and_paths_are_relative_to_the_file()
    {
        var config = Parse(TinyWorld.Json(
            TinyWorld.Private(),
            ("'nominalExamples': 40", "'nominalExamples': { 'default': 40, 'byAgent': { 'client1': 9 } }")));
        Assert.Equal(Path.GetFullPath("/base/model"), config.ModelFolder);
        Assert.Equal(Path.GetFullPath("/base/texts.tsv"), config.Data.Path);
        Assert.Equal((40, 9), (config.Agents.NominalExamples, config.Agents.NominalExamplesByAgent["client1"]));
        Assert.Equal((4, 5, 7), (config.CohortSize, config.Rounds, config.Seed));
        Assert.Equal(new PrivacyConfig(4, 1e-3, 1), config.Privacy);
        var training = config.Training;
        Assert.Equal(
            (OptimizerRule.Sgd, 0.5, 10, null),
            (training.Optimizer, training.Momentum, training.Batch, training.SamplingRate));
        Assert.Equal((WeightKind.Declared, HeadTraining.Output), (config.Weights, config.Lora.Head));
    }

    [Theory]
    [InlineData("'rounds': 5", "'rounds': 0", "rounds", "is 0; expected a whole number from 1 to 100000")]
    [InlineData("'rounds': 5", "'rounds': 2.5", "rounds", "is 2.5; expected a whole number")]
    [InlineData("'rounds': 5", "'rounds': 99999999999999999999", "rounds", "is 99999999999999999999; expected")]
    [InlineData("'rounds': 5", "'rounds': '5'", "rounds", "is '5'; expected")]
    [InlineData("'rounds': 5,", "", "rounds", "is missing; expected")]
    [InlineData("'rounds': 5", "'rounds': 5, 'rounds': 6", "rounds", "occurs twice")]
    [InlineData(
        "'rounds': 5", "'rounds': 5, 'round': 6",
        "round", "is no known field; expected agents, baseFormat, cohort")]
    [InlineData(
        "'learningRate': 0.3", "'learningRate': 0",
        "training.learningRate", "is 0; expected a number above 0 and at most 1000")]
    [InlineData("'learningRate': 0.3", "'learningRate': 1e999", "training.learningRate", "is 1e999; expected")]
    [InlineData(
        "'momentum': 0.5", "'momentum': 1",
        "training.momentum", "is 1; expected a number at least 0 and below 1")]
    [InlineData(
        "'optimizer': 'sgd'", "'optimizer': 'lion'",
        "training.optimizer", "is 'lion'; expected one of sgd, adam")]
    [InlineData("'batch': 10", "'batch': 10, 'samplingRate': 0.1", "training.batch", "exactly one of the two")]
    [InlineData(
        "'batch': 10", "'samplingRate': 1.5",
        "training.samplingRate", "is 1.5; expected a number above 0 and at most 1")]
    [InlineData("'name': 'fedsvd'", "'name': 'fedsgd'", "method.name", "is 'fedsgd'; expected one of fed")]
    [InlineData(
        "'fedsvd', 'period': 1, 'start': 'orthonormal'", "'ffa-orthonormal', 'start': 'kaiming'",
        "method.start", "is kaiming; ffa-orthonormal needs a start with orthonormal rows")]
    [InlineData(
        "'orthonormal'", "'random'",
        "method.start", "is 'random'; expected one of kaiming, orthonormal, principal, calibrated, gradientSketch")]
    [InlineData("'orthonormal'", "'calibrated'", "method.publicText", "is missing; a calibrated start needs it")]
    [InlineData(
        "'orthonormal'", "'principal', 'publicText': { 'path': 'public.tsv' }",
        "method.publicText", "is given without start calibrated")]
    [InlineData(
        "'orthonormal'", "'calibrated', 'publicText': { 'path': 'public.tsv', 'splitColumn': 'split' }",
        "method.publicText.splitColumn", "is given without split")]
    [InlineData(
        "'orthonormal'", "'calibrated', 'publicText': { 'path': 'texts.tsv' }",
        "method.publicText", "what is private is not public text")]
    [InlineData(
        "'orthonormal'", "'calibrated', 'publicText': { 'path': './texts.tsv', 'split': 'train' }",
        "method.publicText", "what is private is not public text")]
    [InlineData(
        "'fedsvd', 'period': 1, 'start': 'orthonormal'", "'fed-sb', 'start': 'kaiming'",
        "method.start", "is kaiming; fed-sb needs a start with orthonormal rows")]
    [InlineData(
        "'orthonormal'", "'cloq', 'publicText': { 'path': 'public.tsv' }",
        "method.start", "is cloq with baseFormat full; it makes up for the error of quantised weights, expected")]
    [InlineData(
        "'start': 'orthonormal'", "'start': 'orthonormal', 'publicText': { 'path': 'public.tsv' }",
        "method.publicText", "is given without start calibrated or cloq")]
    [InlineData("'seed': 7", "'seed': 7, 'baseFormat': 'int4'", "baseFormat", "expected one of full, int8, nf4")]
    [InlineData(
        "'rank': 4", "'rank': 4, 'rankByAgent': { 'client0': 5 }",
        "lora.rankByAgent.client0", "is 5; expected a whole number from 1 to 4")]
    [InlineData("['query']", "['query', 3]", "lora.targets[1]", "is 3; expected a text")]
    [InlineData("['query']", "[]", "lora.targets", "is []; expected a list of at least one text")]
    [InlineData("'split': 'natural'", "'split': 'iid'", "agents.count", "is missing; expected a whole number")]
    [InlineData(
        "'split': 'natural'", "'split': 'natural', 'alpha': 1",
        "agents.alpha", "it belongs to a Dirichlet split")]
    [InlineData(
        "'split': 'natural'", "'split': 'iid', 'count': 3",
        "cohort.size", "is 4; expected at most agents.count, 3")]
    [InlineData("'clientColumn': 'client', ", "", "data.clientColumn", "a natural split needs it")]
    [InlineData(
        "'nominalExamples': 40", "'nominalExamples': { 'default': 40, 'byAgent': { 'x': 0 } }",
        "agents.nominalExamples.byAgent.x", "is 0; expected")]
    [InlineData(
        "'privacy': null", "'privacy': { 'epsilon': 0, 'delta': 1e-5, 'clip': 1 }",
        "privacy.epsilon", "is 0; expected a number above 0")]
    [InlineData("'privacy': null", "'privacy': true", "privacy", "is true; expected an object")]
    [InlineData("'seed': 7", "'seed': 7, 'task': 'tokens'", "task", "expected one of classification, nextToken")]
    [InlineData("'tokensMax'", "'labels': [], 'tokensMax'", "data.labels", "is []; expected a list of at least one")]
    [InlineData("'tokensMax'", "'labels': ['a', 'b', 'a'], 'tokensMax'", "data.labels", "names 'a' more than once")]
    [InlineData("'seed': 7", "'seed': -1", "seed", "is -1; expected a whole number from 0")]
    [InlineData("'texts.tsv'", "'a\\u0000b.tsv'", "data.path", "holds no NUL")]
    [InlineData("'output': 'results'", "'output': '\\u0000'", "output", "holds no NUL")]
    public void A_fault_names_field_value_and_limit(string old, string @new, string path, string message)
    {
        var fault = Assert.Single(Faults(TinyWorld.Json((old, @new))));
        Assert.Equal(path, fault.Path);
        Assert.Contains(message.Replace('\'', '"'), fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'head': 'none'", "'head': 'output'", "lora.head", "with task nextToken there is no head")]
    [InlineData("'tokensMax'", "'labels': ['a'], 'tokensMax'", "data.labels", "is given with task nextToken")]
    [InlineData("'tokensMax'", "'labelColumn': 'x', 'tokensMax'", "data.labelColumn", "for a Dirichlet split only")]
    [InlineData(
        "'split': 'natural'", "'split': 'dirichlet', 'count': 4, 'alpha': 1",
        "data.labelColumn", "is missing; a Dirichlet split needs it")]
    public void What_belongs_to_labels_is_refused_in_next_token_training(
        string old, string @new, string path, string message)
    {
        var json = TinyWorld.Json(
            ("'seed': 7", "'seed': 7, 'task': 'nextToken'"), ("'head': 'output'", "'head': 'none'"));
        var config = Parse(json);
        Assert.Equal((TaskKind.NextToken, null), (config.Task, config.Data.LabelColumn));
        var fault = Assert.Single(Faults(
            json.Replace(old.Replace('\'', '"'), @new.Replace('\'', '"'), StringComparison.Ordinal)));
        Assert.Equal(path, fault.Path);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Defaults and full paths are written out; for the rest nothing changes.</summary>
    [Theory]
    [InlineData("'seed': 7", "'seed': 7")]
    [InlineData("'privacy': null", "'privacy': { 'epsilon': 0.1, 'delta': 1e-7, 'clip': 0.3 }")]
    [InlineData("'split': 'natural'", "'split': 'dirichlet', 'count': 8, 'alpha': 0.5")]
    [InlineData("'natural'", "'natural', 'splitClient': { 'name': 'a', 'parts': 2 }, 'groupsFile': 'g'")]
    [InlineData("'nominalExamples': 40", "'nominalExamples': { 'default': 4, 'byAgent': { 'é<&': 1, 'a': 2 } }")]
    [InlineData("'orthonormal'", "'calibrated', 'publicText': { 'path': 'p.tsv', 'split': 'x', 'examplesMax': 3 }")]
    [InlineData("'rank': 4", "'rank': 4, 'rankByAgent': { 'a': 1 }")]
    [InlineData("'optimizer': 'sgd'", "'optimizer': 'adam', 'secondDecay': 0.9")]
    [InlineData("'batch': 10", "'samplingRate': 0.1, 'gradientNormMax': 2, 'finalLearningRate': 0.1")]
    [InlineData("'tokensMax'", "'labels': ['b', 'a'], 'tokensMax'")]
    [InlineData("'seed': 7", "'seed': 7, 'cohort': null", "'cohort': { 'size': 4 },", "")]
    public void A_configuration_that_is_written_reads_as_the_same(
        string old, string @new, string old2 = "'seed'", string new2 = "'seed'")
    {
        var config = Parse(TinyWorld.Json((old2, new2), (old, @new)));
        var written = SimulationConfigFile.ToJson(config);
        var again = SimulationConfigFile.Parse(Encoding.UTF8.GetBytes(written), "tiny.json", "/elsewhere");
        Assert.Equivalent(config, again, strict: true);
        Assert.Equal(written, SimulationConfigFile.ToJson(again));
    }

    [Fact]
    public void Data_are_the_same_where_the_same_labels_are_declared_in_whatever_order()
    {
        DataConfig With(string labels) =>
            Parse(TinyWorld.Json(("'tokensMax'", $"'labels': [{labels}], 'tokensMax'"))).Data;
        Assert.Equal(With("'a', 'b'"), With("'b', 'a'"));
        Assert.NotEqual(With("'a', 'b'"), With("'a', 'c'"));
        Assert.NotEqual(With("'a', 'b'"), Parse(TinyWorld.Json()).Data);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var faults = Faults(TinyWorld.Json(
            ("'rounds': 5", "'rounds': 0"), ("'seed': 7", "'sead': 7"), ("'lora': {", "'lora': 3, 'more': {"),
            ("'period': 1", "'period': null")));
        Assert.Equal(["lora", "more", "rounds", "sead", "seed"], faults.Select(f => f.Path).Order());
    }

    [Fact]
    public void A_private_run_needs_the_declared_number_and_has_its_own_clip()
    {
        var faults = Faults(TinyWorld.Json(
            TinyWorld.Private(),
            (", 'nominalExamples': 40", ""),
            ("'batch': 10", "'batch': 10, 'gradientNormMax': 1")));
        Assert.Equal(["agents.nominalExamples", "training.gradientNormMax"], faults.Select(f => f.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"name\": \"\\ud800\"}")]
    [InlineData("{\"\\ud800\": 1}")]
    public void What_is_no_configuration_at_all_is_refused(string json) => Assert.NotEmpty(Faults(json));

    [Fact]
    public void Bytes_that_are_no_text_are_refused() =>
        Assert.Throws<ConfigException>(
            () => SimulationConfigFile.Parse(new byte[] { 0xEF, 0xBB, 0xBF, 0x22, 0xFF, 0x22 }, "x", "/"));

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<ConfigException>(() => SimulationConfigFile.Read("/nowhere/x.json"));
        Assert.Contains("/nowhere/x.json: cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("debian-topics", "federated.json")]
    [InlineData("debian-topics", "federated-private.json")]
    [InlineData("debian-topics", "centralised.json")]
    [InlineData("speeches", "federated.json")]
    [InlineData("speeches", "federated-private.json")]
    public void The_samples_are_sound(string folder, string name)
    {
        var config = SimulationConfigFile.Read(RepositoryFiles.Path("samples", folder, name));
        Assert.Equal(folder == "speeches", config.Task == TaskKind.NextToken);
        Assert.True(File.Exists(config.Data.Path) && Directory.Exists(config.ModelFolder));
        Assert.True(config.Agents.GroupsFile is null || File.Exists(config.Agents.GroupsFile));
        Assert.Equal(name.Contains("private", StringComparison.Ordinal), config.Privacy is not null);
        Assert.True(config.Privacy is not { Epsilon: > 6 } and not { Delta: > 1e-5 });
    }
}
