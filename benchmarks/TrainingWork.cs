using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.Benchmarks;

/// <summary>
/// A DP-SGD step and an evaluation of one batch: B of query and value and the encoder's head's output are trained.
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

    public TrainingWork(ModelConfig config, IReadOnlyList<int> lengths, WeightFormat format = WeightFormat.Full)
    {
        var isDecoder = config is DecoderConfig;
        Engine = new CpuEngine(
            config, new RandomWeights(isDecoder ? "model." : "roberta."), new CpuEngineOptions { Format = format });
        var modules = LoraTargets.Resolve(Engine.Modules, isDecoder ? ["q_proj", "v_proj"] : ["query", "value"]);
        var adapter = new Adapter(
            modules.Select(m => AdapterStart.Layer(
                new LoraShape(m.Name, m.InputWidth, m.OutputWidth, Rank, 2 * Rank), FactorStart.Orthonormal, 1)),
            isDecoder ? [] : HeadTensors.For(config, Labels).Select(HeadTensor));
        layout = new FedSvd().Trainables(adapter, 0);
        Engine.Load(adapter, layout);
        var random = new Random(1);
        // Not zeros: with a head of zeros no gradient would reach the layers.
        parameters = [.. adapter.ToSingle(layout).Select(_ => 0.2f * (random.NextSingle() - 0.5f))];
        examples = [.. lengths.Select((length, i) =>
        {
            int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))];
            return isDecoder ? new TokenizedExample(tokens) : new TokenizedExample(tokens, i % Labels);
        })];
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

    private static NamedTensor HeadTensor(TensorSpec spec) =>
        spec.Name.EndsWith("dense.weight", StringComparison.Ordinal) ? AdapterStart.FrozenOrthogonal(spec, 1)
        : AdapterStart.Zeros(spec, spec.Name.Contains("out_proj", StringComparison.Ordinal));
}
