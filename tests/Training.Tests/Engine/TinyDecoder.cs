using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>Tiny decoders of every kind with random weights; their names are used as test cases.</summary>
internal static class TinyDecoder
{
    public const int Vocabulary = 37;
    public const int Labels = 3;

    // More queries than attention takes at a time, and a length that fills no vector.
    private static readonly int[] Lengths = [111, 2, 17];

    private static readonly DecoderConfig Llama = new()
    {
        Family = DecoderFamily.Llama,
        VocabularySize = Vocabulary,
        HiddenSize = 20,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 6,
        FeedForwardSize = 29,
        PositionsMax = 128,
        NormEpsilon = 1e-5f,
        Rotary = new RotaryConfig { Theta = 10_000 },
        IsTied = true,
        HasQueryKeyValueBias = false,
        HasAttentionOutputBias = false,
        HasFeedForwardBias = false,
    };

    public static TheoryData<string> Kinds => ["llama", "llama-untied", "qwen2", "gpt2"];

    public static DecoderConfig Config(string kind) => kind switch
    {
        "llama" => Llama,
        "llama-untied" => Llama with
        {
            IsTied = false,
            KeyValueHeadCount = 1,
            HasQueryKeyValueBias = true,
            HasAttentionOutputBias = true,
            HasFeedForwardBias = true,
            Rotary = new RotaryConfig
            {
                Theta = 10_000,
                Scaling = RotaryScaling.Llama3,
                Factor = 4,
                LowFrequencyFactor = 1,
                HighFrequencyFactor = 4,
                OriginalPositions = 64,
            },
        },
        "qwen2" => Llama with { HasQueryKeyValueBias = true, HeadSize = 10, HeadCount = 2 },
        "gpt2" => Llama with
        {
            Family = DecoderFamily.Gpt2,
            KeyValueHeadCount = 4,
            HeadSize = 5,
            Rotary = null,
            HasQueryKeyValueBias = true,
            HasAttentionOutputBias = true,
            HasFeedForwardBias = true,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such kind"),
    };

    public static CpuEngine Open(DecoderConfig config, CpuEngineOptions? options = null) =>
        new(config, new RandomWeights(""), options);

    /// <summary>A low-rank pair on every linear layer, of ranks 2 to 10; for a classifier with a head.</summary>
    public static Adapter Adapter(CpuEngine engine, bool isClassifier)
    {
        var random = new Random(11);
        double[] Values(TensorSpec spec) => [.. Enumerable.Range(0, spec.Count).Select(_ => random.NextDouble() - 0.5)];
        var head = isClassifier ? HeadTensors.For(engine.Config, Labels) : [];
        return new Adapter(
            engine.Modules.Select((m, i) =>
            {
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, Math.Min(2 + (i % 9), m.OutputWidth), 4);
                return new LoraFactors(shape, Values(shape.A), Values(shape.B));
            }),
            head.Select(s => new NamedTensor(s, Values(s))));
    }

    /// <summary>Every A, B and R, and the head.</summary>
    public static TensorLayout Everything(Adapter adapter) =>
        new([.. adapter.Layout.Tensors, .. adapter.Layers.Select(l => l.Shape.Inner)]);

    public static TokenizedExample[] Examples(bool isClassifier, int vocabulary = Vocabulary)
    {
        var random = new Random(5);
        return [.. Lengths.Select((length, i) =>
        {
            int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
            return isClassifier ? new TokenizedExample(tokens, i % Labels) : new TokenizedExample(tokens);
        })];
    }
}
