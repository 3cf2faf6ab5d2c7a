using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Engines.Tests.Conformance;

/// <summary>A tiny model of one family with random weights, an adapter on every layer, and texts.</summary>
/// <param name="Config">The model.</param>
/// <param name="IsClassifier">Whether the adapter has a head.</param>
internal sealed record Material(ModelConfig Config, bool IsClassifier)
{
    private static readonly EncoderConfig Roberta = new()
    {
        Family = EncoderFamily.Roberta,
        VocabularySize = TinyDecoder.Vocabulary,
        HiddenSize = 20,
        LayerCount = 3,
        HeadCount = 4,
        FeedForwardSize = 29,
        Activation = EncoderActivation.Gelu,
        LayerNormEpsilon = 1e-5f,
        PositionRows = 130,
        PositionOffset = 2,
        TokenTypeCount = 1,
        PaddingId = 1,
    };

    /// <summary>Families and tasks, as test cases.</summary>
    public static TheoryData<string> Names =>
    [
        "roberta", "bert", "llama", "llama classifier", "llama-untied", "qwen2", "gpt2", "gpt2 classifier",
    ];

    public static Material Of(string name) => name switch
    {
        "roberta" => new(Roberta, IsClassifier: true),
        "bert" => new(
            Roberta with { Family = EncoderFamily.Bert, PaddingId = 0, PositionOffset = 0, TokenTypeCount = 2 },
            IsClassifier: true),
        _ => new(TinyDecoder.Config(name.Split(' ')[0]), name.EndsWith(" classifier", StringComparison.Ordinal)),
    };

    public ITrainingEngine Create(EngineKind kind) => kind.Create(Config, new RandomWeights(""));

    /// <summary>Pairs of different ranks on every linear layer.</summary>
    public Adapter Adapter(int seed = 11)
    {
        var random = new Random(seed);
        double[] Values(TensorSpec spec) => [.. Enumerable.Range(0, spec.Count).Select(_ => random.NextDouble() - 0.5)];
        return new Adapter(
            Config.Modules.Select((m, i) =>
            {
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, 1 + ((seed + i) % 5), 4);
                return new LoraFactors(shape, Values(shape.A), Values(shape.B));
            }),
            (IsClassifier ? HeadTensors.For(Config, TinyDecoder.Labels) : [])
                .Select(spec => new NamedTensor(spec, Values(spec))));
    }

    /// <summary>Texts of very different lengths.</summary>
    public TokenizedExample[] Examples => TinyDecoder.Examples(IsClassifier);
}
