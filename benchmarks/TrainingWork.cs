using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.Benchmarks;

/// <summary>
/// A DP-SGD step and an evaluation of one batch: B of query and value and the head's output are trained.
/// </summary>
internal sealed class TrainingWork : IDisposable
{
    public const int Rank = 8;
    private const int Labels = 18;

    private readonly CryptographicRandomSource noise = new();
    private readonly TensorLayout layout;
    private readonly float[] parameters;
    private readonly TokenizedExample[] examples;
    private readonly Prediction[] predictions;

    public TrainingWork(EncoderConfig config, IReadOnlyList<int> lengths)
    {
        Engine = new CpuEngine(config, new RandomWeights("roberta."));
        var modules = LoraTargets.Resolve(Engine.Modules, ["query", "value"]);
        var adapter = new Adapter(
            modules.Select(m => AdapterStart.Layer(
                new LoraShape(m.Name, m.InputWidth, m.OutputWidth, Rank, 2 * Rank), FactorStart.Orthonormal, 1)),
            HeadTensors.For(config, Labels).Select(
                s => AdapterStart.Zeros(s, s.Name.Contains("out_proj", StringComparison.Ordinal))));
        layout = new FedSvd().Trainables(adapter, 0);
        Engine.Load(adapter, layout);
        parameters = adapter.ToSingle(layout);
        var random = new Random(1);
        examples = [.. lengths.Select((length, i) => new TokenizedExample(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))], i % Labels))];
        predictions = new Prediction[examples.Length];
    }

    public CpuEngine Engine { get; }

    public void Evaluate() => Engine.Evaluate(parameters, examples, predictions);

    public void Step()
    {
        var sum = new ClippedSumAccumulator(new ClipNorm(1), layout.Count);
        Engine.Gradients(parameters, examples, sum);
        _ = sum.Take().AddNoise(new NoiseMultiplier(1), noise);
    }

    public void Dispose() => Engine.Dispose();
}
