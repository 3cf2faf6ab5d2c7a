using System.Text;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>
/// A folder with a small task that the bag-of-tokens engine learns: 4 labels, 6 clients of 40 training texts each, 80
/// test texts.
/// </summary>
internal sealed class TinyWorld : IDisposable
{
    public const int Labels = 4;
    private const int Width = 24;
    private const int Vocabulary = 40;

    public TinyWorld()
    {
        Folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
        var table = new StringBuilder("id\tsplit\tlabel\tclient\ttext\n");
        var random = new Random(1);
        for (var i = 0; i < 320; i++)
        {
            var label = random.Next(Labels);
            var split = i < 240 ? "train" : "test";
            var words = Enumerable.Range(0, 6)
                .Select(k => k < 5 ? (label * 10) + random.Next(10) : random.Next(Vocabulary));
            table.Append($"t{i}\t{split}\tlabel{label}\tclient{i % 6}\t{string.Join(' ', words)}\n");
        }

        File.WriteAllText(Path.Combine(Folder, "texts.tsv"), table.ToString());
    }

    public string Folder { get; }

    /// <summary>
    /// A configuration; <paramref name="changes"/> are pairs of what stands in it and what shall stand there.
    /// </summary>
    public static string Json(params (string Old, string New)[] changes)
    {
        var json = """
            {
              "name": "tiny", "model": "model",
              "data": { "path": "texts.tsv", "clientColumn": "client", "idColumn": "id", "tokensMax": 8 },
              "agents": { "split": "natural", "nominalExamples": 40 },
              "cohort": { "size": 4 },
              "method": { "name": "fedsvd", "period": 1, "start": "orthonormal" },
              "lora": { "rank": 4, "alpha": 8, "targets": ["query"], "head": "output" },
              "rounds": 5,
              "training": { "optimizer": "sgd", "learningRate": 0.3, "momentum": 0.5, "localSteps": 6, "batch": 10 },
              "privacy": null,
              "weights": "declared", "seed": 7,
              "evaluation": { "everyRounds": 2, "examplesMax": 30 },
              "output": "results", // comments and trailing commas are fine
            }
            """;
        foreach (var (old, @new) in changes.Select(c => (c.Old.Replace('\'', '"'), c.New.Replace('\'', '"'))))
        {
            Assert.Contains(old, json, StringComparison.Ordinal);
            json = json.Replace(old, @new, StringComparison.Ordinal);
        }

        return json;
    }

    /// <summary>The change that makes the run private.</summary>
    public static (string Old, string New) Private(double epsilon = 4) =>
        ("'privacy': null", $$"""
            "privacy": { "epsilon": {{epsilon}}, "delta": 1e-3, "clip": 1 }
            """);

    public SimulationConfig Config(params (string Old, string New)[] changes) =>
        SimulationConfigFile.Parse(Encoding.UTF8.GetBytes(Json(changes)), "tiny.json", Folder);

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public static SimulationResult Run(
        SimulationConfig config, ISimulationProgress? progress, ulong seed, CancellationToken cancellation)
    {
        var model = OpenModel("");
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        return new Simulator(model, new SeededRandomSource(seed), TimeProvider.System)
            .Run(config, data, progress ?? new SilentProgress(), cancellation);
    }

    public static LoadedModel OpenModel(string folder, WeightFormat format = WeightFormat.Full) => new()
    {
        Engine = new BagOfTokensEngine(Width, Vocabulary),
        Tokenizer = new NumberTokenizer(),
        TokensMax = 16,
        HeadFor = labels => BagOfTokensEngine.Head(Width, labels),
        Modules = [new LinearModule(BagOfTokensEngine.Module, Width, Width)],
    };

    public CommandHost Host(TextWriter output, TextWriter error) => new(output, error)
    {
        OpenModel = OpenModel,
        SamplesFolder = Folder,
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Hears everything and says nothing.</summary>
    public sealed class SilentProgress : ISimulationProgress
    {
        public long Expected { get; private set; }

        public long Examples { get; private set; }

        public List<RoundResult> Rounds { get; } = [];

        public Action<RoundResult>? OnRound { get; init; }

        public void Began(string name, int rounds, long examplesExpected) => Expected = examplesExpected;

        public void Processed(int examples) => Examples += examples;

        public void RoundDone(RoundResult round)
        {
            Rounds.Add(round);
            OnRound?.Invoke(round);
        }
    }

    /// <summary>A text is a list of token ids.</summary>
    private sealed class NumberTokenizer : ITokenizer
    {
        public int VocabularySize => Vocabulary;

        public int[] Encode(string text, int tokensMax) => [.. text.Split(' ').Select(int.Parse).Take(tokensMax)];

        public string Decode(ReadOnlySpan<int> tokens) => string.Join(' ', tokens.ToArray());
    }
}
