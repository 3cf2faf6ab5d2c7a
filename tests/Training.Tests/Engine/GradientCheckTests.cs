// Goal: every kind of trainable (A, B, the inner matrix, the head) on every kind of linear layer has the gradient that
// a central difference of the loss gives. Method: tiny random models of both families and all activations; each
// tensor's gradient is checked along a random direction, where F32 noise averages out.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class GradientCheckTests(ITestOutputHelper output)
{
    private static readonly TokenizedExample[] Examples =
        [new([0, 5, 7, 9, 2], 1), new([3, 2], 0), new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 2)];

    [Theory]
    [InlineData(EncoderFamily.Roberta, EncoderActivation.Gelu, true)]
    [InlineData(EncoderFamily.Bert, EncoderActivation.GeluTanh, true)]
    [InlineData(EncoderFamily.Roberta, EncoderActivation.Relu, true)]
    [InlineData(EncoderFamily.Roberta, EncoderActivation.Gelu, false)]
    public void Gradients_equal_finite_differences(
        EncoderFamily family, EncoderActivation activation, bool innerIsTrained)
    {
        using var engine = Tiny(family, activation);
        var adapter = RandomAdapter(engine, 13);
        var inner = adapter.Layers.Select(l => l.Shape.Inner).ToList();
        var layout = new TensorLayout(
            innerIsTrained ? adapter.Layout.Tensors.Union(inner) : adapter.Layout.Tensors.Except(inner));
        engine.Load(adapter, layout);
        FiniteDifferences.Check(engine, layout, Examples, output);
    }

    [Fact]
    public void Inner_matrices_and_changes_of_the_weights_act_as_the_plain_pairs_that_they_fold_into()
    {
        using var engine = Tiny(EncoderFamily.Roberta, EncoderActivation.Gelu);
        var adapter = RandomAdapter(engine, 12);
        var losses = new List<float>();
        foreach (var same in (Adapter[])[adapter, adapter.Folded()])
        {
            var predictions = new Prediction[Examples.Length];
            engine.Load(same, new TensorLayout([]));
            engine.Evaluate([], Examples, predictions);
            losses.AddRange(predictions.Select(p => p.Loss));
        }

        Assert.All(losses[..3].Zip(losses[3..]), p => Assert.Equal(p.First, p.Second, 1e-5f));
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
        Matrix Random(int rows, int columns) => new(rows, columns, Values(new TensorSpec("change", rows, columns)));
        return new Adapter(
            engine.Modules.Select((m, i) =>
            {
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, 2 + (i % 9), 4);
                return new LoraFactors(
                    shape, Values(shape.A), Values(shape.B), i % 3 == 1 ? Values(shape.Inner) : null,
                    i % 2 == 0 ? null : new BaseChange(Random(m.OutputWidth, 3), Random(3, m.InputWidth)));
            }),
            HeadTensors.For(engine.Config, 3).Select(s => new NamedTensor(s, Values(s))));
    }
}
