using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>The frozen weights of a decoder, converted to F32 and packed once. Read only from then on.</summary>
internal sealed unsafe class DecoderWeights : IFrozenModel
{
    private readonly List<AlignedBuffer> vectors = [];
    private readonly GemmKernel kernel;
    private readonly WeightFormat format;
    private readonly IWeightSource source;
    private readonly string prefix;
    private readonly string filePrefix;
    private readonly float* embedding;

    public DecoderWeights(DecoderConfig config, IWeightSource source, GemmKernel kernel, WeightFormat format)
    {
        this.kernel = kernel;
        this.format = format;
        this.source = source;
        Config = config;
        var isLlama = config.Family == DecoderFamily.Llama;
        prefix = isLlama ? "model." : "transformer.";
        var embeddingName = isLlama ? "embed_tokens.weight" : "wte.weight";
        // A bare decoder's file lacks the prefix that the same decoder has inside a task model.
        filePrefix = source.Contains(prefix + embeddingName) ? prefix : "";
        if (config.IsTied)
        {
            Output = Matrix(filePrefix + embeddingName);
        }
        else
        {
            embedding = Read(embeddingName, config.VocabularySize, config.HiddenSize);
            // A classifier's files have no output matrix.
            Output = source.Contains("lm_head.weight") ? Matrix("lm_head.weight") : null;
        }

        if (!isLlama)
        {
            PositionEmbedding = Read("wpe.weight", config.PositionsMax, config.HiddenSize);
        }

        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(
            layer => isLlama
                ? LlamaLayer(string.Create(CultureInfo.InvariantCulture, $"layers.{layer}."))
                : Gpt2Layer(string.Create(CultureInfo.InvariantCulture, $"h.{layer}.")))];
        FinalNorm = Norm(isLlama ? "norm" : "ln_f");
    }

    public DecoderConfig Config { get; }

    ModelConfig IFrozenModel.Config => Config;

    public IReadOnlyList<DecoderLayerWeights> Layers { get; }

    /// <summary>Positions x d, or null where positions are rotary.</summary>
    public float* PositionEmbedding { get; }

    public NormWeights FinalNorm { get; }

    /// <summary>Gives the next token's logits; null where the files have none.</summary>
    public VocabularyMatrix? Output { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<FrozenLinear>> Linears => [.. Layers.Select(l => l.Linears)];

    /// <summary>
    /// An adapter without a head is for the next token; one with <c>score.weight</c> is for a classifier.
    /// </summary>
    /// <inheritdoc/>
    public ITaskHead CreateHead(Adapter adapter, Func<TensorSpec, ParameterTensor?> trained)
    {
        if (HeadTensors.ScoreOf(Config, adapter, Output != null) is not { } spec)
        {
            return new NextTokenHead(Output!);
        }

        return new ScoreHead(
            trained(spec) ?? ParameterTensor.Frozen(spec, adapter.Values(spec.Name)), spec.Rows, spec.Columns);
    }

    /// <inheritdoc/>
    public IModelPass CreatePass() => new DecoderPass(this, kernel);

    /// <summary>Copies a token's embedding, d values.</summary>
    public void CopyEmbedding(int token, float* target)
    {
        if (embedding == null)
        {
            Output!.CopyRow(token, target);
            return;
        }

        new ReadOnlySpan<float>(embedding + ((long)token * Config.HiddenSize), Config.HiddenSize)
            .CopyTo(new Span<float>(target, Config.HiddenSize));
    }

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

        Output?.Dispose();
    }

    private DecoderLayerWeights LlamaLayer(string layer)
    {
        var (d, wide) = (Config.HiddenSize, Config.FeedForwardSize);
        var (attention, feed) = (layer + "self_attn.", layer + "mlp.");
        FrozenLinear Projection(string name, int output) =>
            Linear(attention + name, d, output, Config.HasQueryKeyValueBias);
        FrozenLinear FeedForward(string name, int input, int output) =>
            Linear(feed + name, input, output, Config.HasFeedForwardBias);
        return new DecoderLayerWeights
        {
            AttentionNorm = Norm(layer + "input_layernorm"),
            Projections =
            [
                Projection("q_proj", Config.QueryWidth),
                Projection("k_proj", Config.KeyValueWidth),
                Projection("v_proj", Config.KeyValueWidth),
            ],
            AttentionOutput = Linear(attention + "o_proj", Config.QueryWidth, d, Config.HasAttentionOutputBias),
            FeedForwardNorm = Norm(layer + "post_attention_layernorm"),
            Gate = FeedForward("gate_proj", d, wide),
            Up = FeedForward("up_proj", d, wide),
            Down = FeedForward("down_proj", wide, d),
        };
    }

    /// <summary>
    /// As in PEFT, the fused layer is one target, <c>c_attn</c>, with A of r x d and B of 3d x r; that its weight lies
    /// transposed (PEFT's <c>fan_in_fan_out</c>) does not show in the factors.
    /// </summary>
    private DecoderLayerWeights Gpt2Layer(string layer)
    {
        var (d, wide) = (Config.HiddenSize, Config.FeedForwardSize);
        return new DecoderLayerWeights
        {
            AttentionNorm = Norm(layer + "ln_1"),
            Projections = [Linear(layer + "attn.c_attn", d, 3 * d, hasBias: true)],
            AttentionOutput = Linear(layer + "attn.c_proj", d, d, hasBias: true),
            FeedForwardNorm = Norm(layer + "ln_2"),
            Up = Linear(layer + "mlp.c_fc", d, wide, hasBias: true),
            Down = Linear(layer + "mlp.c_proj", wide, d, hasBias: true),
        };
    }

    private FrozenLinear Linear(string name, int input, int output, bool hasBias) =>
        new(
            kernel, source, new LinearModule(prefix + name, input, output), filePrefix + name, format, hasBias,
            isTransposed: Config.Family == DecoderFamily.Gpt2);

    private NormWeights Norm(string name)
    {
        var beta = Config.Family == DecoderFamily.Gpt2 ? Read(name + ".bias", Config.HiddenSize) : null;
        return new NormWeights(
            Read(name + ".weight", Config.HiddenSize), beta, Config.HiddenSize, Config.NormEpsilon);
    }

    private VocabularyMatrix Matrix(string file)
    {
        source.Require(file, [Config.VocabularySize, Config.HiddenSize]);
        using var weight = new AlignedBuffer((long)Config.VocabularySize * Config.HiddenSize);
        var count = checked(Config.VocabularySize * Config.HiddenSize);
        source.ReadFloats(
            file, [Config.VocabularySize, Config.HiddenSize], new Span<float>(weight.Pointer, count));
        return new VocabularyMatrix(kernel, weight.Pointer, Config.VocabularySize, Config.HiddenSize);
    }

    private float* Read(string name, params ReadOnlySpan<int> shape)
    {
        source.Require(filePrefix + name, shape);
        var count = 1;
        foreach (var side in shape)
        {
            count = checked(count * side);
        }

        var buffer = new AlignedBuffer(count);
        vectors.Add(buffer);
        source.ReadFloats(filePrefix + name, shape, new Span<float>(buffer.Pointer, count));
        return buffer.Pointer;
    }
}
