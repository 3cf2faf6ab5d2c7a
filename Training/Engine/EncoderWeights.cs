using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>
/// The frozen weights of a BERT-type encoder, converted to F32 and packed once. Read only from then on.
/// </summary>
internal sealed unsafe class EncoderWeights : IFrozenModel
{
    private readonly List<AlignedBuffer> vectors = [];
    private readonly IWeightSource source;
    private readonly string filePrefix;
    private readonly GemmKernel kernel;

    public EncoderWeights(EncoderConfig config, IWeightSource source, GemmKernel kernel, WeightFormat format)
    {
        this.source = source;
        this.kernel = kernel;
        Config = config;
        var prefix = config.Family == EncoderFamily.Bert ? "bert." : "roberta.";
        // A bare encoder's file lacks the prefix that the same encoder has inside a task model.
        filePrefix = source.Contains(prefix + "embeddings.word_embeddings.weight") ? prefix : "";
        WordEmbedding = Read("embeddings.word_embeddings.weight", config.VocabularySize, config.HiddenSize);
        PositionEmbedding = Read("embeddings.position_embeddings.weight", config.PositionRows, config.HiddenSize);
        TokenTypeEmbedding = Read("embeddings.token_type_embeddings.weight", config.TokenTypeCount, config.HiddenSize);
        EmbeddingNorm = Norm("embeddings.LayerNorm");
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"encoder.layer.{layer}.");
            return new EncoderLayerWeights(
                part => Linear(prefix, name + part, format, WidthsOf(part)), part => Norm(name + part));
        })];
        if (config.Family == EncoderFamily.Bert && source.Contains(filePrefix + "pooler.dense.weight"))
        {
            Pooler = Linear(prefix, "pooler.dense", WeightFormat.Full, (config.HiddenSize, config.HiddenSize));
        }
    }

    public EncoderConfig Config { get; }

    ModelConfig IFrozenModel.Config => Config;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<FrozenLinear>> Linears => [.. Layers.Select(l => l.Linears)];

    /// <summary>Vocabulary x d.</summary>
    public float* WordEmbedding { get; }

    /// <summary>Positions x d.</summary>
    public float* PositionEmbedding { get; }

    /// <summary>Token types x d; a single text uses row 0.</summary>
    public float* TokenTypeEmbedding { get; }

    public NormWeights EmbeddingNorm { get; }

    public IReadOnlyList<EncoderLayerWeights> Layers { get; }

    /// <summary>BERT's dense layer between the first token and the classifier, or null.</summary>
    public FrozenLinear? Pooler { get; }

    /// <inheritdoc/>
    public ITaskHead CreateHead(Adapter adapter, Func<TensorSpec, ParameterTensor?> trained) =>
        new ClassifierHead(this, kernel, adapter, trained);

    /// <inheritdoc/>
    public IModelPass CreatePass() => new EncoderPass(this, kernel);

    public void Dispose()
    {
        foreach (var vector in vectors)
        {
            vector.Dispose();
        }

        foreach (var layer in Layers)
        {
            layer.Dispose();
        }

        Pooler?.Dispose();
    }

    private (int Input, int Output) WidthsOf(string part) => part switch
    {
        "intermediate.dense" => (Config.HiddenSize, Config.FeedForwardSize),
        "output.dense" => (Config.FeedForwardSize, Config.HiddenSize),
        _ => (Config.HiddenSize, Config.HiddenSize),
    };

    private FrozenLinear Linear(string prefix, string name, WeightFormat format, (int Input, int Output) widths) =>
        new(kernel, source, new LinearModule(prefix + name, widths.Input, widths.Output), filePrefix + name, format);

    private NormWeights Norm(string name) =>
        new(
            Read(name + ".weight", Config.HiddenSize), Read(name + ".bias", Config.HiddenSize), Config.HiddenSize,
            Config.LayerNormEpsilon);

    private float* Read(string name, params ReadOnlySpan<int> shape)
    {
        source.Require(filePrefix + name, shape);
        var count = 1;
        foreach (var side in shape)
        {
            count *= side;
        }

        var buffer = new AlignedBuffer(count);
        vectors.Add(buffer);
        source.ReadFloats(filePrefix + name, shape, new Span<float>(buffer.Pointer, count));
        return buffer.Pointer;
    }
}
