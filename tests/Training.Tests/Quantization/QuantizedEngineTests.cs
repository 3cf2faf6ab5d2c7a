// Goal: an engine with quantised weights computes what a full engine computes with the same weights, to the bit, and
// holds them nowhere in F32. Method: the full engine reads what the codes stand for; every kind of model, with a change
// of the weights and an inner matrix beside the pair.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Engine.Decoders;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Quantization;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Training.Tests.Quantization;

public sealed class QuantizedEngineTests
{
    private static readonly EncoderConfig Encoder = new()
    {
        Family = EncoderFamily.Roberta,
        VocabularySize = 37,
        HiddenSize = 20,
        LayerCount = 2,
        HeadCount = 2,
        FeedForwardSize = 70,
        Activation = EncoderActivation.Gelu,
        LayerNormEpsilon = 1e-5f,
        PositionRows = 128,
        PositionOffset = 2,
        TokenTypeCount = 1,
        PaddingId = 1,
    };

    public static TheoryData<string, WeightFormat> Cases
    {
        get
        {
            var cases = new TheoryData<string, WeightFormat>();
            foreach (var kind in (string[])["roberta", "bert", "llama", "llama-untied", "qwen2", "gpt2"])
            {
                cases.Add(kind, WeightFormat.EightBit);
                cases.Add(kind, WeightFormat.FourBit);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_are_those_of_a_full_engine_with_the_same_weights(string kind, WeightFormat format)
    {
        var (config, source) = Model(kind);
        foreach (var kernel in GemmKernel.Supported)
        {
            using var full = new CpuEngine(config, new Requantized(config, source, format), null, kernel);
            var expected = Results(full);
            Assert.Contains(expected.Rows.SelectMany(r => r), v => v != 0);
            foreach (var workers in new[] { 1, 3 })
            {
                var options = new CpuEngineOptions { Workers = workers, MicroBatchTokensMax = 64, Format = format };
                using var engine = new CpuEngine(config, source, options, kernel);
                var (predictions, rows) = Results(engine);
                Assert.Equal(expected.Predictions, predictions);
                Assert.Equal(expected.Rows, rows);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_weights_that_an_engine_shows_are_those_it_computes_with(string kind, WeightFormat format)
    {
        var (config, source) = Model(kind);
        using var full = new CpuEngine(config, new Requantized(config, source, format));
        using var engine = new CpuEngine(config, source, new CpuEngineOptions { Format = format });
        foreach (var module in config.Modules)
        {
            Assert.Equal(full.WeightOf(module.Name).Values, engine.WeightOf(module.Name).Values);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Only_the_adaptable_layers_are_quantised_and_those_only_once(string kind, WeightFormat format)
    {
        var (config, source) = Model(kind);
        using IFrozenModel model = config is EncoderConfig encoder
            ? new EncoderWeights(encoder, source, GemmKernel.Best, format)
            : new DecoderWeights((DecoderConfig)config, source, GemmKernel.Best, format);
        using var scratch = new WeightScratch(GemmKernel.Best);
        foreach (var linear in model.Linears.SelectMany(l => l))
        {
            Assert.Null(linear.Packed);
            Assert.Equal(format, linear.Quantized!.Format);
            using var adapted = new AdaptedLinear(GemmKernel.Best, linear, lowRank: null, change: null);
            Assert.Same(adapted.Forward(scratch), adapted.Backward(scratch));
        }

        if (model is EncoderWeights { Pooler: { } pooler })
        {
            Assert.NotNull(pooler.Packed);
            Assert.Null(pooler.Quantized);
        }
    }

    private static (ModelConfig Config, IWeightSource Source) Model(string kind) => kind switch
    {
        "roberta" => (Encoder, new RandomWeights("roberta.")),
        "bert" => (Encoder with { Family = EncoderFamily.Bert, PositionOffset = 0 }, new RandomWeights("bert.")),
        _ => (TinyDecoder.Config(kind), new RandomWeights("")),
    };

    private static (Prediction[] Predictions, List<float[]> Rows) Results(CpuEngine engine)
    {
        var random = new Random(11);
        double[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        var adapter = new Adapter(
            engine.Modules.Select((m, i) =>
            {
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, 2 + (i % 4), 4);
                var plain = new LoraFactors(
                    shape, Values(shape.A.Count), Values(shape.B.Count), i % 3 == 0 ? Values(shape.Inner.Count) : null);
                return i % 2 == 0
                    ? plain
                    : plain.PlusChange(
                        new Matrix(m.OutputWidth, 1, Values(m.OutputWidth)),
                        new Matrix(1, m.InputWidth, Values(m.InputWidth)));
            }),
            HeadTensors.For(engine.Config, TinyDecoder.Labels).Select(s => new NamedTensor(s, Values(s.Count))));
        var layout = adapter.Layout;
        engine.Load(adapter, layout);
        var rows = new RowCollector(layout.Count);
        var examples = TinyDecoder.Examples(isClassifier: true);
        var parameters = adapter.ToSingle(layout);
        engine.Gradients(parameters, examples, rows);
        // A step, after which nothing of the first values may be left anywhere.
        var moved = parameters.Select((p, i) => p + (0.01f * rows.Rows[0][i])).ToArray();
        engine.Gradients(moved, examples, rows);
        var predictions = new Prediction[examples.Length];
        engine.Evaluate(moved, examples, predictions);
        return (predictions, rows.Rows);
    }

    /// <summary>The weights that the codes of a model's linear layers stand for.</summary>
    private sealed class Requantized(ModelConfig config, IWeightSource inner, WeightFormat format) : IWeightSource
    {
        private readonly Dictionary<string, LinearModule> modules =
            config.Modules.ToDictionary(m => m.Name + ".weight", StringComparer.Ordinal);

        public bool Contains(string name) => inner.Contains(name);

        public void Require(string name, ReadOnlySpan<int> shape) => inner.Require(name, shape);

        public void ReadFloats(string name, ReadOnlySpan<int> shape, Span<float> target)
        {
            inner.ReadFloats(name, shape, target);
            if (!modules.TryGetValue(name, out var module))
            {
                return;
            }

            var isTransposed = config is DecoderConfig { Family: DecoderFamily.Gpt2 };
            var weight = isTransposed ? Turned(target.ToArray(), shape[0]) : target.ToArray();
            QuantizedMatrix.Quantize(weight, module.OutputWidth, module.InputWidth, format).Dequantize(weight);
            (isTransposed ? Turned(weight, module.OutputWidth) : weight).CopyTo(target);
        }

        private static float[] Turned(float[] values, int rows)
        {
            var columns = values.Length / rows;
            return [.. Enumerable.Range(0, values.Length).Select(i => values[(i % rows * columns) + (i / rows)])];
        }
    }
}
