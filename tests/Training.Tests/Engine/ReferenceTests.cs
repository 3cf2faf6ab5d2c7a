// Goal: loss and per-example gradients are right for every shape, not only the sample model's. Method: random small
// models, adapters and sets of trainables against the plain float64 reference; the seed is in the test's name.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class ReferenceTests
{
    private const double Tolerance = 2e-4;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Losses_and_gradients_of_a_random_model_equal_the_reference(int seed)
    {
        var random = new Random(seed);
        var config = RandomConfig(random);
        var weights = new RandomWeights(config.Family == EncoderFamily.Bert ? "bert." : "roberta.");
        var kernels = GemmKernel.Supported.ToArray();
        var options = new CpuEngineOptions
        {
            Workers = 1 + random.Next(3),
            MicroBatchTokensMax = 1 + random.Next(40),
            GradientValuesMax = 1 + random.Next(2000),
        };
        using var engine = new CpuEngine(config, weights, options, kernels[seed % kernels.Length]);
        // The second round meets buffers that the first, of other sizes, has left behind.
        for (var round = 0; round < 2; round++)
        {
            var adapter = RandomAdapter(engine, random);
            var layout = RandomTrainables(adapter, random);
            engine.Load(adapter, layout);
            var examples = Enumerable.Range(0, random.Next(5)).Select(_ => RandomExample(config, random)).ToArray();
            var parameters = Enumerable.Range(0, layout.Count).Select(_ => random.NextSingle() - 0.5f).ToArray();
            Compare(engine, new ReferenceEncoder(config, weights, adapter, layout), layout, parameters, examples);
        }
    }

    private static void Compare(
        CpuEngine engine, ReferenceEncoder reference, TensorLayout layout, float[] parameters,
        TokenizedExample[] examples)
    {
        double[] exact = [.. parameters.Select(p => (double)p)];
        var predictions = new Prediction[examples.Length];
        engine.Evaluate(parameters, examples, predictions);
        var rows = new RowCollector(layout.Count);
        engine.Gradients(parameters, examples, rows);
        Assert.Equal(layout.Count == 0 ? 0 : examples.Length, rows.Rows.Count);
        for (var i = 0; i < examples.Length; i++)
        {
            var loss = reference.Loss(exact, examples[i]);
            Assert.InRange(Math.Abs(predictions[i].Loss - loss), 0, Tolerance * (1 + loss));
            if (layout.Count == 0)
            {
                continue;
            }

            var gradient = reference.Gradient(exact, examples[i]);
            // Below the floor the differences show nothing but their own rounding.
            var scale = Math.Max(gradient.Max(Math.Abs), 1e-6);
            for (var t = 0; t < layout.Tensors.Length; t++)
            {
                var expected = layout.Slice<double>(gradient, t).ToArray();
                var actual = layout.Slice<float>(rows.Rows[i], t).ToArray();
                var worst = expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second));
                Assert.True(
                    worst <= Tolerance * scale,
                    $"example {i}, {layout.Tensors[t].Name}: off by {worst:e2} of a largest {scale:e2}");
            }
        }
    }

    private static EncoderConfig RandomConfig(Random random)
    {
        var family = random.Next(2) == 0 ? EncoderFamily.Roberta : EncoderFamily.Bert;
        var heads = 1 + random.Next(3);
        var padding = random.Next(3);
        return new EncoderConfig
        {
            Family = family,
            VocabularySize = 7,
            // Relu's corners would spoil the finite differences.
            Activation = random.Next(2) == 0 ? EncoderActivation.Gelu : EncoderActivation.GeluTanh,
            HeadCount = heads,
            HiddenSize = heads * (1 + random.Next(12)),
            LayerCount = 1 + random.Next(3),
            FeedForwardSize = 1 + random.Next(40),
            LayerNormEpsilon = 1e-2f,
            PositionRows = 12,
            PositionOffset = family == EncoderFamily.Bert ? 0 : padding + 1,
            TokenTypeCount = 1 + random.Next(2),
            PaddingId = padding,
        };
    }

    /// <summary>One token, the longest text that fits, or any length between; now and then a padding token.</summary>
    private static TokenizedExample RandomExample(EncoderConfig config, Random random)
    {
        var length = random.Next(4) switch { 0 => 1, 1 => config.TokensMax, _ => 1 + random.Next(config.TokensMax) };
        return new TokenizedExample(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))], random.Next(2));
    }

    private static Adapter RandomAdapter(CpuEngine engine, Random random)
    {
        double[] Values(TensorSpec spec) =>
            [.. Enumerable.Range(0, spec.Count).Select(_ => (double)(random.NextSingle() - 0.5f))];
        var share = random.NextDouble();
        return new Adapter(
            engine.Modules.Where(_ => random.NextDouble() < share).Select(m =>
            {
                var rankMax = Math.Min(m.InputWidth, m.OutputWidth);
                var rank = random.Next(3) switch { 0 => 1, 1 => rankMax, _ => 1 + random.Next(rankMax) };
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, rank, 1 + random.Next(4));
                return new LoraFactors(shape, Values(shape.A), Values(shape.B));
            }),
            HeadTensors.For(engine.Config, 2 + random.Next(2)).Select(s => new NamedTensor(s, Values(s))));
    }

    /// <summary>None, one, some, or all of what can be trained, up to what differences can be taken of.</summary>
    private static TensorLayout RandomTrainables(Adapter adapter, Random random)
    {
        var specs = adapter.Layout.Tensors.Concat(adapter.Layers.Select(l => l.Shape.Inner)).ToArray();
        random.Shuffle(specs);
        var wanted = random.Next(4) switch { 0 => random.Next(2), 1 => 1, _ => random.Next(specs.Length + 1) };
        var values = 0;
        return new TensorLayout([.. specs.Take(wanted).TakeWhile(s => (values += s.Count) <= 150)]);
    }
}
