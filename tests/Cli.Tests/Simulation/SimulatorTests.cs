using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>Whole federations with a small real engine.</summary>
public sealed class SimulatorTests : IDisposable
{
    private readonly TinyWorld world = new();

    public static TheoryData<string> AllMethods => [.. FederatedMethods.Names];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => world.Dispose();

    private static SimulationResult Run(
        SimulationConfig config, ISimulationProgress? progress = null, ulong seed = 1) =>
        TinyWorld.Run(config, progress, seed, Token);

    /// <summary>All that a run computed, without the times.</summary>
    private static string Fingerprint(SimulationResult result) => string.Join('\n',
        result.Rounds
            .Select(r => $"{r.Quality} {string.Join(' ', r.Cohort)} "
                + string.Join(' ', r.Spectra.SelectMany(s => s.SingularValues).Select(v => $"{v:R}")))
            .Append($"{result.Final}"));

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Every_method_learns(string method)
    {
        var result = Run(world.Config(("fedsvd", method)));
        Assert.Equal(method, result.Method);
        Assert.True(result.Final.Accuracy > 0.7, $"{method}: {result.Untrained.Accuracy} -> {result.Final.Accuracy}");
        Assert.True(result.Final.Loss < result.Untrained.Loss);
        Assert.Equal(Math.Log(TinyWorld.Labels), result.Untrained.Loss, 1e-6);
    }

    [Fact]
    public void The_same_configuration_gives_the_same_bits_and_another_seed_does_not()
    {
        var first = Fingerprint(Run(world.Config(), seed: 1));
        Assert.Equal(first, Fingerprint(Run(world.Config(), seed: 2)));
        Assert.NotEqual(first, Fingerprint(Run(world.Config(("'seed': 7", "'seed': 8")))));
    }

    [Fact]
    public void A_private_run_depends_on_the_random_source_and_not_on_the_seed_alone()
    {
        var config = world.Config(TinyWorld.Private());
        Assert.NotEqual(Fingerprint(Run(config, seed: 1)), Fingerprint(Run(config, seed: 2)));
    }

    [Fact]
    public void Epsilon_is_what_the_accountant_says_of_the_steps_taken_and_stays_below_the_target()
    {
        var result = Run(world.Config(TinyWorld.Private(epsilon: 3)));
        Assert.True(result.IsPrivate);
        Assert.Equal(1e-3, result.Delta);
        var accountant = new RdpAccountant();
        foreach (var agent in result.Agents)
        {
            // 5 rounds of 4 out of 6 agents: nobody more often than 4 times, and calibrated for just that.
            Assert.InRange(agent.Rounds, 3, 4);
            var spent = new MechanismEvent(10.0 / 40, agent.NoiseMultiplier, agent.Rounds * 6);
            Assert.Equal(accountant.Epsilon([spent], 1e-3), agent.Epsilon);
            Assert.True(agent.Epsilon <= 3);
            Assert.True(agent.Rounds < 4 || agent.Epsilon > 2.99, $"{agent.Epsilon}");
        }

        Assert.Equal(result.Agents.Max(a => a.Epsilon), result.Rounds[^1].EpsilonMax);
        Assert.Equal(result.Rounds.Select(r => r.EpsilonMax).Order(), result.Rounds.Select(r => r.EpsilonMax));
    }

    [Fact]
    public void Sampling_noise_and_weight_derive_from_the_declared_number_not_from_the_rows()
    {
        SimulationResult With(int nominal) => Run(world.Config(
            TinyWorld.Private(), ("'nominalExamples': 40", $"'nominalExamples': {nominal}")));
        var (small, large) = (With(20), With(400));
        Assert.All(small.Agents.Concat(large.Agents), a => Assert.Equal(40, a.Examples));
        Assert.True(small.Agents[0].NoiseMultiplier > large.Agents[0].NoiseMultiplier * 1.5);
        Assert.True(small.ExamplesTrained > 4 * large.ExamplesTrained);
    }

    [Fact]
    public void A_run_without_privacy_says_so()
    {
        var result = Run(world.Config());
        Assert.False(result.IsPrivate);
        Assert.Equal(0, result.Delta);
        Assert.All(result.Agents, a => Assert.Equal((double.PositiveInfinity, 0), (a.Epsilon, a.NoiseMultiplier)));
        Assert.All(result.Rounds, r => Assert.Equal(double.PositiveInfinity, r.EpsilonMax));
    }

    [Fact]
    public void Rounds_are_measured_when_due_and_the_last_one_on_everything()
    {
        var progress = new TinyWorld.SilentProgress();
        var result = Run(world.Config(), progress);
        Assert.Equal([false, true, false, true, true], result.Rounds.Select(r => r.Quality is not null));
        Assert.Equal(result.Final, result.Rounds[^1].Quality);
        Assert.Equal(5, progress.Rounds.Count);

        // 5 rounds x 4 agents x 6 steps x 10 examples; 80 test examples twice and 30 twice.
        Assert.Equal(1200, result.ExamplesTrained);
        Assert.Equal(1200 + 160 + 60, progress.Expected);
        Assert.Equal(progress.Expected, progress.Examples);
    }

    [Fact]
    public void Spectra_and_traffic_are_those_of_the_adapter()
    {
        var result = Run(world.Config());
        foreach (var round in result.Rounds)
        {
            var values = Assert.Single(round.Spectra).SingularValues;
            Assert.Equal(4, values.Length);
            Assert.Equal(values.OrderDescending(), values);
            Assert.True(values[0] > 0);
        }

        // B of 24 x 4 and the output layer of 4 x 25 go up; down go B, the 4 x 4 rotation and the output layer.
        Assert.Equal((96 + 100, 96 + 16 + 100), ((int)result.UpValuesPerRound, (int)result.DownValuesPerRound));

        // Each of the five rounds sends a factor of 96; the four changes of side send a 4 x 4 matrix: 12.8, rounded up.
        result = Run(world.Config(("fedsvd", "fedsvd-alternating")));
        Assert.Equal((96 + 100, 96 + 13 + 100), ((int)result.UpValuesPerRound, (int)result.DownValuesPerRound));
    }

    [Fact]
    public void A_head_that_is_not_trained_stays_and_is_not_sent()
    {
        var result = Run(world.Config(("'head': 'output'", "'head': 'none'")));
        Assert.Equal(96, result.UpValuesPerRound);
        Assert.True(result.Final.Loss < result.Untrained.Loss);
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void An_agent_of_lower_rank_takes_part_in_every_method(string method)
    {
        var config = world.Config(
            ("fedsvd", method), ("'rank': 4", "'rank': 4, 'rankByAgent': { 'client0': 1, 'client3': 2 }"));
        var result = Run(config);
        Assert.True(result.Final.Accuracy > 0.7, $"{method}: {result.Untrained.Accuracy} -> {result.Final.Accuracy}");
        Assert.NotEqual(Fingerprint(Run(world.Config(("fedsvd", method)))), Fingerprint(result));
    }

    [Fact]
    public void A_lower_rank_costs_a_private_agent_the_same_epsilon()
    {
        var whole = Run(world.Config(TinyWorld.Private()));
        var mixed = Run(world.Config(TinyWorld.Private(), ("'rank': 4", "'rank': 4, 'rankByAgent': { 'client0': 1 }")));
        Assert.Equal(whole.Agents.Select(a => a.Epsilon), mixed.Agents.Select(a => a.Epsilon));
    }

    [Theory]
    [InlineData("'split': 'iid', 'count': 8", 8)]
    [InlineData("'split': 'dirichlet', 'count': 5, 'alpha': 0.5", 5)]
    [InlineData("'split': 'natural', 'splitClient': { 'name': 'client0', 'parts': 2 }", 7)]
    public void Splits_make_the_agents_they_promise(string split, int agents)
    {
        var result = Run(world.Config(("'split': 'natural'", split)));
        Assert.Equal(agents, result.Agents.Length);
        Assert.Equal(240, result.Agents.Sum(a => a.Examples));
    }

    [Fact]
    public void Values_beyond_the_bound_are_saturated_and_counted()
    {
        var result = Run(world.Config(("'batch': 10", "'batch': 10, 'updateBound': 1e-4")));
        Assert.True(result.Rounds.Sum(r => r.SaturatedValues) > 1000);
        Assert.Equal(0, Run(world.Config()).Rounds.Sum(r => r.SaturatedValues));
    }

    [Theory]
    [InlineData("['query']", "['queri']", "lora.targets", "query")]
    [InlineData("'rank': 4", "'rank': 25", "lora.rank", "24 x 24")]
    [InlineData("'tokensMax': 8", "'tokensMax': 17", "data.tokensMax", "at most 16")]
    [InlineData("'size': 4", "'size': 7", "cohort.size", "is 7; expected at most the number of agents, 6")]
    [InlineData(
        "'nominalExamples': 40", "'nominalExamples': { 'default': 40, 'byAgent': { 'client9': 1 } }",
        "agents.nominalExamples.byAgent", "client9")]
    [InlineData("'rank': 4", "'rank': 4, 'rankByAgent': { 'client9': 1 }", "lora.rankByAgent", "names client9; the")]
    [InlineData("'split': 'natural'", "'split': 'iid', 'count': 241", "agents", "too few")]
    [InlineData(
        "'split': 'natural'", "'split': 'natural', 'splitClient': { 'name': 'nobody', 'parts': 2 }",
        "agents", "nobody")]
    [InlineData("'privacy': null", "'privacy': { 'epsilon': 1, 'delta': 0.01, 'clip': 1 }", "privacy.delta", "is 0.01")]
    [InlineData(
        "'privacy': null", "'privacy': { 'epsilon': 1e-9, 'delta': 1e-9, 'clip': 1 }",
        "privacy.epsilon", "cannot be kept")]
    public void What_does_not_fit_model_or_data_is_refused_before_the_first_round(
        string old, string @new, string path, string message)
    {
        var nominal = path == "privacy.delta" ? ("'nominalExamples': 40", "'nominalExamples': 100") : (old, @new);
        var config = path == "privacy.delta" ? world.Config((old, @new), nominal) : world.Config((old, @new));
        var fault = Assert.Single(Assert.Throws<ConfigException>(() => Run(config)).Errors);
        Assert.Equal(path, fault.Path);
        Assert.Contains(message.Replace('\'', '"'), fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_result_tells_task_start_and_configuration()
    {
        var config = world.Config(("'orthonormal'", "'principal'"));
        var result = Run(config);
        Assert.Equal(
            (TaskKind.Classification, FactorStart.Principal, config),
            (result.Task, result.Start, result.Configuration));
    }

    [Fact]
    public void Flexlora_tells_what_its_cut_loses_and_the_other_methods_nothing()
    {
        Assert.All(Run(world.Config()).Rounds, round => Assert.Null(round.TruncationLoss));
        Assert.All(
            Run(world.Config(("fedsvd", "flexlora"))).Rounds,
            round => Assert.InRange(round.TruncationLoss!.Value, 1e-9, 0.5));
    }

    [Fact]
    public void A_text_that_stands_in_two_rows_is_refused_in_a_private_run_only()
    {
        string Row(int i) =>
            $"t{(i == 200 ? 7 : i)}\t{(i % 6 == 0 ? "test" : "train")}\tlabel{i % 4}\tclient{i % 5}\t{i % 9}\n";
        world.Write(
            "texts.tsv",
            "id\tsplit\tlabel\tclient\ttext\n" + string.Concat(Enumerable.Range(0, 240).Select(Row)));
        Assert.Equal(5, Run(world.Config()).Agents.Length);
        var error = Assert.Throws<InputFileException>(() => Run(world.Config(TinyWorld.Private())));
        Assert.Contains(
            "texts.tsv: column \"id\": has \"t7\" in rows 8, 201; in a private run each text must come once",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(5, Run(world.Config(TinyWorld.Private(), ("'idColumn': 'id', ", ""))).Agents.Length);
    }

    [Fact]
    public void Declared_labels_make_the_head_whatever_the_rows_hold()
    {
        const string Declared = "'labels': ['label0', 'label1', 'label2', 'label3', 'never'], 'tokensMax'";
        var result = Run(world.Config(("'tokensMax'", Declared)));
        Assert.Equal(Math.Log(TinyWorld.Labels + 1), result.Untrained.Loss, 1e-6);
    }

    [Fact]
    public void A_row_whose_label_is_not_declared_is_refused_by_name_and_row()
    {
        var config = world.Config(("'tokensMax'", "'labels': ['label0', 'label2', 'label3'], 'tokensMax'"));
        var row = File.ReadLines(config.Data.Path).ToList().FindIndex(line => line.Contains("label1"));
        var error = Assert.Throws<InputFileException>(() => Run(config));
        Assert.Contains(
            $"row {row}, column \"label\": is \"label1\", which data.labels does not name; "
            + "expected one of label0, label2, label3",
            error.Message, StringComparison.Ordinal);
    }

    /// <summary>More rows than one clipped sum holds, at a rate that makes so many of them likely.</summary>
    [Fact]
    public void A_batch_that_one_clipped_sum_could_not_hold_is_refused_before_the_run()
    {
        const int Rows = (1 << 20) + 1;
        world.Write("texts.tsv", "id\tsplit\tlabel\tclient\ttext\nx\ttest\ta\tc\t1\n" + string.Concat(
            Enumerable.Repeat("x\ttrain\ta\tc\t1\n", Rows)));
        var config = world.Config(
            TinyWorld.Private(), ("'size': 4", "'size': 1"), ("'idColumn': 'id', ", ""),
            ("'nominalExamples': 40", "'nominalExamples': 500"), ("'batch': 10", "'batch': 499"));
        var fault = Assert.Single(Assert.Throws<ConfigException>(() => Run(config)).Errors);
        Assert.Equal("training.batch", fault.Path);
        Assert.Contains(
            "makes 1046480 examples the mean of a step of c; expected at most 1038336, as no step may draw more than "
            + "1048576",
            fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_run_refuses_a_sampling_rate_that_it_could_only_exceed()
    {
        var config = world.Config(TinyWorld.Private(), ("'batch': 10", "'samplingRate': 0.02"));
        var fault = Assert.Single(Assert.Throws<ConfigException>(() => Run(config)).Errors);
        Assert.Equal("training.samplingRate", fault.Path);
        Assert.Contains(
            "is 0.02; expected at least 1 / nominal examples, 0.025", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_run_ends_at_once()
    {
        using var source = new CancellationTokenSource();
        var progress = new TinyWorld.SilentProgress { OnRound = _ => source.Cancel() };
        Assert.Throws<OperationCanceledException>(() => TinyWorld.Run(world.Config(), progress, 1, source.Token));
        Assert.Single(progress.Rounds);
    }
}
