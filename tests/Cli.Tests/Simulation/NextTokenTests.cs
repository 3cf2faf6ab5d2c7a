using System.Text;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>Federations of a real, small decoder: for the next token, and as a classifier on the last one.</summary>
public sealed class NextTokenTests : IDisposable
{
    private readonly SpeechesWorld world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => world.Dispose();

    [Theory]
    [InlineData("fedsvd", "orthonormal")]
    [InlineData("fedsvd-alternating", "principal")]
    [InlineData("flexlora", "gradientSketch")]
    [InlineData("fed-sb", "calibrated', 'publicText': { 'path': 'speeches.tsv', 'split': 'other' }, 'x")]
    public void A_federation_lowers_perplexity(string method, string start)
    {
        // A third split of texts that anybody may see, for the start that looks at some.
        var path = Path.Combine(world.Folder, "speeches.tsv");
        File.AppendAllText(path, "public\tother\tRepublican\tnobody\tMy fellow citizens, the union is sound.\n");
        var result = world.Run(
            Token, ("'name': 'fedsvd', 'start': 'orthonormal'", $"'name': '{method}', 'start': '{start}'"
                .Replace(", 'x'", "", StringComparison.Ordinal)));
        Assert.Equal(TaskKind.NextToken, result.Task);
        Assert.True(
            result.Final.Perplexity < 0.9 * result.Untrained.Perplexity,
            $"{result.Untrained.Perplexity} to {result.Final.Perplexity}");
        Assert.Equal(Math.Log(result.Final.Perplexity!.Value), result.Final.Loss, 1e-12);
        Assert.InRange(result.UnigramPerplexity!.Value, 20, 200);
        Assert.Equal(
            (null, null, null), (result.Final.Accuracy, result.Final.MacroF1, result.MajorityAccuracy));
        Assert.Empty(result.Adapter.Head);
    }

    [Fact]
    public void Epsilon_is_for_a_text_and_counts_its_steps()
    {
        var result = world.Run(
            Token,
            ("'seed': 7", "'seed': 7, 'privacy': { 'epsilon': 5, 'delta': 1e-3, 'clip': 0.5 }"),
            (", 'gradientNormMax': 1", ""));
        var agent = result.Agents[0];
        Assert.Equal((12, 12, 2), (agent.Examples, agent.NominalExamples, agent.Rounds));
        var spent = new MechanismEvent(6.0 / 12, agent.NoiseMultiplier, steps: 2 * 3);
        Assert.Equal(new RdpAccountant().Epsilon([spent], 1e-3), agent.Epsilon);
        Assert.InRange(agent.Epsilon, 4.9, 5);
    }

    [Fact]
    public void The_unigram_level_is_that_of_the_test_texts_own_frequencies()
    {
        var config = SimulationConfigFile.Parse(
            Encoding.UTF8.GetBytes(SpeechesWorld.Json()), "speeches.json", world.Folder);
        var data = SimulationData.Load(config.Data, new LetterTokenizer());

        // Every text is cut to the same 24 letters but the first: 23 targets, of which 8 a, 8 b and 7 c.
        var expected = Math.Exp(-((16 / 23.0 * Math.Log(8 / 23.0)) + (7 / 23.0 * Math.Log(7 / 23.0))));
        Assert.Equal(expected, data.UnigramPerplexity, 1e-12);
        Assert.Throws<InvalidOperationException>(() => data.MajorityAccuracy);
    }

    [Fact]
    public void A_decoder_classifies_by_its_last_token()
    {
        var result = world.Run(
            Token,
            ("'task': 'nextToken', ", ""), ("'tokensMax'", "'testSplit': 'train', 'tokensMax'"),
            ("'rounds': 2", "'rounds': 4"), ("'learningRate': 1", "'learningRate': 0.2"));
        Assert.Equal(Math.Log(2), result.Untrained.Loss, 1e-6);
        Assert.True(result.Final.Loss < result.Untrained.Loss, $"{result.Untrained.Loss} to {result.Final.Loss}");
        Assert.NotNull(result.Final.Accuracy);
        Assert.Null(result.Final.Perplexity);
        Assert.Equal("score.weight", Assert.Single(result.Adapter.Head).Spec.Name);
    }

    [Fact]
    public void A_model_that_predicts_no_tokens_is_refused()
    {
        using var tiny = new TinyWorld();
        var config = tiny.Config(
            ("'seed': 7", "'seed': 7, 'task': 'nextToken'"), ("'head': 'output'", "'head': 'none'"));
        var fault = Assert.Single(Assert.Throws<ConfigException>(
            () => TinyWorld.Run(config, progress: null, seed: 1, Token)).Errors);
        Assert.Equal("task", fault.Path);
        Assert.Contains("no decoder with an output matrix", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("test")]
    public void A_text_without_a_token_to_predict_is_refused_by_its_id(string split)
    {
        var path = Path.Combine(world.Folder, "speeches.tsv");
        File.AppendAllText(path, $"silence-1\t{split}\tRepublican\tCalvin Coolidge\t\n");
        var error = Assert.Throws<InputFileException>(() => world.Run(Token));
        Assert.Contains(
            "text silence-1 has 1 tokens; next-token training needs at least 2", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulate_speaks_of_perplexity_everywhere_and_of_no_label()
    {
        var config = Path.Combine(world.Folder, "speeches.json");
        await File.WriteAllTextAsync(config, SpeechesWorld.Json(), Token);
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(
            ExitCode.Done,
            await CommandLine.RunAsync(["simulate", config, "--json"], new CommandHost(output, error), Token));
        Assert.Contains("round 2 of 2, perplexity ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("unigram", output.ToString(), StringComparison.Ordinal);
        var results = Path.Combine(world.Folder, "results");
        string[] files = ["results.json", "rounds.csv", "agents.csv", "report.html"];
        var texts = files.Select(name => File.ReadAllText(Path.Combine(results, name)))
            .Append(output.ToString()).Append(error.ToString());
        foreach (var text in texts)
        {
            Assert.All((string[])["accuracy", "macro", "majority"], word => Assert.DoesNotContain(
                word, text, StringComparison.OrdinalIgnoreCase));
        }

        var adapter = await File.ReadAllTextAsync(Path.Combine(results, "adapter", "adapter_config.json"), Token);
        Assert.Contains("\"task_type\": \"CAUSAL_LM\"", adapter, StringComparison.Ordinal);
        Assert.Contains("\"modules_to_save\": null", adapter, StringComparison.Ordinal);
        Assert.Contains("\"fan_in_fan_out\": false", adapter, StringComparison.Ordinal);
    }

    /// <summary>Whatever the text, the letters a, b and c in turn.</summary>
    private sealed class LetterTokenizer : ITokenizer
    {
        public int VocabularySize => 3;

        public int[] Encode(string text, int tokensMax) => [.. Enumerable.Range(2, tokensMax).Select(i => i % 3)];

        public string Decode(ReadOnlySpan<int> tokens) => throw new NotSupportedException();
    }
}
