// Goal: starts of A see the true frozen weights and the true second moments of the layers' inputs. Method: the weights
// come back as they were read; the first layer's moments are worked out from the embeddings in float64, and the last
// layer's query is compared with texts seen one by one.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Engine.Decoders;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class FrozenModelTests : IDisposable
{
    private const int Width = 20;
    private static readonly RandomWeights Weights = new("roberta.");
    private static readonly TokenizedExample[] Texts =
        [new([0, 5, 7, 9, 2], 0), new([3, 2], 0), new([10, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0)];

    private readonly CpuEngine engine = new(Config, Weights, new CpuEngineOptions { MicroBatchTokensMax = 8 });

    private static EncoderConfig Config => new()
    {
        Family = EncoderFamily.Roberta,
        VocabularySize = 12,
        HiddenSize = Width,
        LayerCount = 2,
        HeadCount = 2,
        FeedForwardSize = 28,
        Activation = EncoderActivation.Gelu,
        LayerNormEpsilon = 1e-5f,
        PositionRows = 20,
        PositionOffset = 2,
        TokenTypeCount = 1,
        PaddingId = 1,
    };

    public void Dispose() => engine.Dispose();

    [Fact]
    public void The_weights_come_back_from_every_kernel()
    {
        foreach (var kernel in GemmKernel.Supported)
        {
            using var other = new CpuEngine(Config, Weights, null, kernel);
            foreach (var module in other.Modules)
            {
                var expected = new float[module.OutputWidth * module.InputWidth];
                Weights.ReadFloats(module.Name + ".weight", [module.OutputWidth, module.InputWidth], expected);
                var weight = other.WeightOf(module.Name);
                Assert.Equal((module.OutputWidth, module.InputWidth), (weight.Rows, weight.Columns));
                Assert.Equal(expected.Select(v => (double)v), weight.Values);
            }
        }
    }

    [Fact]
    public void A_configuration_names_every_linear_layer_of_its_model_in_order()
    {
        using var bert = new EncoderWeights(
            Config with { Family = EncoderFamily.Bert, PositionOffset = 0 }, new RandomWeights("bert."),
            GemmKernel.Best, WeightFormat.Full);
        using var roberta = new EncoderWeights(Config, Weights, GemmKernel.Best, WeightFormat.Full);
        Check(bert);
        Check(roberta);
        foreach (var kind in (string[])["llama", "llama-untied", "qwen2", "gpt2"])
        {
            using var decoder = new DecoderWeights(
                TinyDecoder.Config(kind), new RandomWeights(""), GemmKernel.Best, WeightFormat.Full);
            Check(decoder);
        }

        static void Check(IFrozenModel model) =>
            Assert.Equal(model.Linears.SelectMany(l => l).Select(l => l.Module), model.Config.Modules);
    }

    [Fact]
    public void Moments_are_symmetric_and_have_the_scale_that_a_layer_norm_gives()
    {
        var moments = Moments();
        Assert.Equal(engine.Modules.Select(m => m.Name).Order(), moments.Keys.Order());
        foreach (var (module, moment) in moments)
        {
            Assert.Equal(moment.Values, moment.Transposed().Values);
            Assert.All(Enumerable.Range(0, moment.Rows), i => Assert.True(moment[i, i] > 0, module));
        }
    }

    [Fact]
    public void The_first_layers_moment_is_that_of_its_normalised_embeddings()
    {
        var expected = new Matrix(Width, Width);
        var tokens = Texts.Sum(t => t.Tokens.Length);
        foreach (var text in Texts)
        {
            for (var t = 0; t < text.Tokens.Length; t++)
            {
                var x = Embedding(text.Tokens[t], t);
                for (var i = 0; i < Width; i++)
                {
                    for (var j = 0; j < Width; j++)
                    {
                        expected[i, j] += x[i] * x[j] / tokens;
                    }
                }
            }
        }

        foreach (var part in (string[])["query", "key", "value"])
        {
            AssertClose(expected, Moments()[$"roberta.encoder.layer.0.attention.self.{part}"]);
        }
    }

    [Fact]
    public void The_last_layer_counts_only_the_rows_that_ask()
    {
        // Keys and values are of all tokens, the query only of each text's first.
        var whole = Moments();
        var single = new Matrix(Width, Width);
        foreach (var text in Texts)
        {
            var alone = Moments([text])["roberta.encoder.layer.1.attention.self.query"];
            for (var i = 0; i < single.Values.Length; i++)
            {
                single.Values[i] += alone.Values[i] / Texts.Length;
            }

            // One row x: rank one, so all of x x^T's energy is in its trace.
            var trace = Enumerable.Range(0, Width).Sum(i => alone[i, i]);
            Assert.Equal(trace * trace, alone.Values.Sum(v => v * v), 1e-4 * trace * trace);
        }

        AssertClose(single, whole["roberta.encoder.layer.1.attention.self.query"]);
        var keys = whole["roberta.encoder.layer.1.attention.self.key"];
        Assert.True(single.Values.Zip(keys.Values).Max(p => Math.Abs(p.First - p.Second)) > 1e-3);
    }

    [Fact]
    public void An_unknown_layer_and_no_text_are_refused()
    {
        Load();
        Assert.Throws<ArgumentException>(() => engine.WeightOf("roberta.nothing"));
        Assert.Throws<ArgumentException>(() => engine.InputSecondMoments([], ["roberta.nothing"], Texts));
        Assert.Throws<ArgumentException>(() => engine.InputSecondMoments([], [engine.Modules[0].Name], []));
    }

    [Fact]
    public void A_decoder_shows_its_weights_and_inputs_too()
    {
        using var llama = GoldenLlama.Open(new CpuEngineOptions { MicroBatchTokensMax = 8 });
        using var files = HuggingFaceWeights.Open(GoldenLlama.Folder);
        foreach (var module in llama.Modules)
        {
            var expected = new float[module.OutputWidth * module.InputWidth];
            files.ReadFloats(module.Name + ".weight", expected);
            Assert.Equal(expected.Select(v => (double)v), llama.WeightOf(module.Name).Values);
        }

        llama.Load(new Adapter([], []), new TensorLayout([]));
        TokenizedExample[] texts = [new([1, 5, 9, 12, 40]), new([1, 7]), new([1, 300, 20, 31])];
        var moments = llama.InputSecondMoments([], [.. llama.Modules.Select(m => m.Name)], texts);
        Assert.Equal(llama.Modules.Select(m => m.Name).Order(), moments.Keys.Order());
        Assert.All(moments.Values, m => Assert.Equal(m.Values, m.Transposed().Values));
        Assert.All(moments.Values, m => Assert.True(Enumerable.Range(0, m.Rows).Sum(i => m[i, i]) > 0));

        // One input for all three; in every layer but the last it is that of all tokens.
        var first = llama.Modules[0].Name[..^"q_proj".Length];
        Assert.Equal(moments[first + "q_proj"].Values, moments[first + "k_proj"].Values);
        Assert.Equal(moments[first + "q_proj"].Values, moments[first + "v_proj"].Values);
    }

    private IReadOnlyDictionary<string, Matrix> Moments(TokenizedExample[]? texts = null)
    {
        Load();
        return engine.InputSecondMoments([], [.. engine.Modules.Select(m => m.Name)], texts ?? Texts);
    }

    private void Load() => engine.Load(
        new Adapter([], HeadTensors.For(Config, 2).Select(s => new NamedTensor(s, new double[s.Count]))),
        new TensorLayout([]));

    private static void AssertClose(Matrix expected, Matrix actual)
    {
        var largest = expected.Values.Max(Math.Abs);
        Assert.All(expected.Values.Zip(actual.Values), p => Assert.Equal(p.First, p.Second, 1e-5 * largest));
    }

    /// <summary>LayerNorm(word + position + type), in float64.</summary>
    private static double[] Embedding(int token, int position)
    {
        float[] Read(string name, params int[] shape)
        {
            var values = new float[shape.Aggregate(1, (a, b) => a * b)];
            Weights.ReadFloats("roberta.embeddings." + name, shape, values);
            return values;
        }

        var word = Read("word_embeddings.weight", 12, Width);
        var positions = Read("position_embeddings.weight", 20, Width);
        var type = Read("token_type_embeddings.weight", 1, Width);
        var (scale, shift) = (Read("LayerNorm.weight", Width), Read("LayerNorm.bias", Width));
        double[] sum = [.. Enumerable.Range(0, Width)
            .Select(i => (double)word[(token * Width) + i] + positions[((position + 2) * Width) + i] + type[i])];
        var mean = sum.Average();
        var deviation = Math.Sqrt(sum.Average(v => (v - mean) * (v - mean)) + 1e-5f);
        return [.. sum.Select((v, i) => ((v - mean) / deviation * scale[i]) + shift[i])];
    }
}
