using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Tests;

namespace FedLowRank.Training.Tests.Local;

/// <summary>A small engine, loaded, and examples that it can learn.</summary>
internal sealed class TrainingBench
{
    public const int Width = 24;
    public const int Labels = 4;
    private const int Vocabulary = 40;

    public TrainingBench(bool trainsA = false)
    {
        var shape = new LoraShape(BagOfTokensEngine.Module, Width, Width, rank: 4, alpha: 8);
        var layer = AdapterStart.Layer(shape, FactorStart.Orthonormal, seed: 1);
        var random = new SeededSequence(2, "start of B and the head");
        double[] Normal(int count) => [.. Enumerable.Range(0, count).Select(_ => 0.1 * random.NextNormal())];
        var adapter = new Adapter(
            [layer.With(newB: Normal(shape.B.Count))],
            BagOfTokensEngine.Head(Width, Labels).Select(spec => new NamedTensor(spec, Normal(spec.Count))));
        IFederatedMethod method = trainsA ? new FedAvgLora() : new FfaLora();
        Layout = method.Trainables(adapter, 0);
        Start = adapter.ToSingle(Layout);
        Engine.Load(adapter, Layout);
    }

    public BagOfTokensEngine Engine { get; } = new(Width, Vocabulary);

    public TensorLayout Layout { get; }

    public float[] Start { get; }

    /// <summary>Texts of five tokens, most of them from the label's tenth of the vocabulary.</summary>
    public static TokenizedExample[] Examples(int count, int seed = 3)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var label = i % Labels;
            var tokens = Enumerable.Range(0, 5)
                .Select(k => k < 4 ? (label * 10) + random.Next(10) : random.Next(Vocabulary));
            return new TokenizedExample([.. tokens], label);
        })];
    }
}
