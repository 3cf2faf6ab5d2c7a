// Goal: every kind of trainable (A, B, the inner matrix, the head) on every kind of linear layer has the gradient that
// a central difference of the loss gives. Method: tiny random models of both families and all activations; each
// tensor's gradient is checked along a random direction, where F32 noise averages out.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class GradientCheckTests(ITestOutputHelper output)
{
    private static readonly TokenizedExample[] Examples =
        [new([0, 5, 7, 9, 2], 1), new([3, 2], 0), new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 2)];

    [Theory]
    [InlineData(EncoderFamily.Roberta, EncoderActivation.Gelu)]
    [InlineData(EncoderFamily.Bert, EncoderActivation.GeluTanh)]
    [InlineData(EncoderFamily.Roberta, EncoderActivation.Relu)]
    public void Gradients_equal_finite_differences(EncoderFamily family, EncoderActivation activation)
    {
        using var engine = Tiny(family, activation);
        var adapter = RandomAdapter(engine, 11);
        var layout = new TensorLayout([.. adapter.Layout.Tensors, .. adapter.Layers.Select(l => l.Shape.Inner)]);
        engine.Load(adapter, layout);
        FiniteDifferences.Check(engine, layout, Examples, output);
    }

    private static CpuEngine Tiny(EncoderFamily family, EncoderActivation activation) => new(
        new EncoderConfig
        {
            Family = family,
            VocabularySize = 12,
            HiddenSize = 20,
            LayerCount = 2,
            HeadCount = 2,
            FeedForwardSize = 28,
            Activation = activation,
            LayerNormEpsilon = 1e-5f,
            PositionRows = 20,
            PositionOffset = family == EncoderFamily.Bert ? 0 : 2,
            TokenTypeCount = 1,
            PaddingId = 1,
        },
        new RandomWeights(family == EncoderFamily.Bert ? "bert." : "roberta."));

    private static Adapter RandomAdapter(CpuEngine engine, int seed)
    {
        var random = new Random(seed);
        double[] Values(TensorSpec spec) => [.. Enumerable.Range(0, spec.Count).Select(_ => random.NextDouble() - 0.5)];
        return new Adapter(
            engine.Modules.Select((m, i) =>
            {
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, 2 + (i % 9), 4);
                return new LoraFactors(shape, Values(shape.A), Values(shape.B));
            }),
            HeadTensors.For(engine.Config, 3).Select(s => new NamedTensor(s, Values(s))));
    }
}
