using FedLowRank.Training.Data;

namespace FedLowRank.Training.Models;

/// <summary>
/// Sizes and options of a causal decoder (pre-norm), from the <c>config.json</c> of a Hugging Face folder. An example
/// is limited to the sliding window where there is one: within it, windowed attention is full attention.
/// </summary>
public sealed record DecoderConfig : ModelConfig
{
    /// <summary>The family, by <c>model_type</c>: llama, mistral and qwen2, or gpt2.</summary>
    public required DecoderFamily Family { get; init; }

    /// <summary>
    /// Heads of keys and values (<c>num_key_value_heads</c>), a divisor of <see cref="ModelConfig.HeadCount"/>:
    /// grouped-query attention, arXiv 2305.13245.
    /// </summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one attention head (<c>head_dim</c>).</summary>
    public required int HeadSize { get; init; }

    /// <summary>Most tokens that positions exist for (<c>max_position_embeddings</c>).</summary>
    public required int PositionsMax { get; init; }

    /// <summary>Most tokens that a token attends to, or null where there is no limit (<c>sliding_window</c>).</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Added to the mean square, or variance, in every norm (<c>rms_norm_eps</c>).</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Rotary positions; null where positions are learned (GPT-2).</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>Whether the output matrix is the word embedding (<c>tie_word_embeddings</c>).</summary>
    public required bool IsTied { get; init; }

    /// <summary>Whether query, key and value have a bias.</summary>
    public required bool HasQueryKeyValueBias { get; init; }

    /// <summary>Whether the output layer of attention has a bias.</summary>
    public required bool HasAttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward layers have a bias.</summary>
    public required bool HasFeedForwardBias { get; init; }

    /// <inheritdoc/>
    public override int TokensMax => Math.Min(PositionsMax, SlidingWindow ?? PositionsMax);

    /// <summary>Width of all query heads together.</summary>
    public int QueryWidth => HeadCount * HeadSize;

    /// <summary>Width of all key heads together, and of all value heads.</summary>
    public int KeyValueWidth => KeyValueHeadCount * HeadSize;

    /// <inheritdoc/>
    public override IReadOnlyList<LinearModule> Modules => [.. Enumerable.Range(0, LayerCount).SelectMany(
        layer => Family == DecoderFamily.Gpt2 ? Gpt2Modules(layer) : LlamaModules(layer))];

    /// <inheritdoc/>
    internal override bool IsSound =>
        VocabularySize > 0 && HiddenSize > 0 && LayerCount > 0 && FeedForwardSize > 0 && PositionsMax > 0
        && SlidingWindow is null or > 0 && HeadSize > 0 && KeyValueHeadCount > 0 && HeadCount > 0
        && HeadCount % KeyValueHeadCount == 0 && (Family == DecoderFamily.Gpt2
            ? HeadCount == KeyValueHeadCount && QueryWidth == HiddenSize && Rotary == null
            : Rotary != null && HeadSize % 2 == 0);

    /// <inheritdoc cref="ModelConfig.Read"/>
    public static new DecoderConfig Read(string path) => From(JsonField.ReadFile(path, BytesMax));

    /// <inheritdoc cref="ModelConfig.Parse"/>
    public static new DecoderConfig Parse(ReadOnlySpan<byte> json, string name) => From(JsonField.Parse(json, name));

    internal static DecoderConfig From(JsonField root)
    {
        if (!root["quantization_config"].IsNull)
            throw root["quantization_config"].Error("is not supported; supported are plain F32, F16 and BF16 weights");

        var type = root["model_type"];
        var config = type.Text() switch
        {
            "llama" or "mistral" or "qwen2" => LlamaConfigReader.Read(root),
            "gpt2" => Gpt2ConfigReader.Read(root),
            _ => throw type.Error("is not supported; supported are llama, mistral, qwen2 and gpt2"),
        };
        config.RefuseLargeMatrices(root);
        return config;
    }

    private LinearModule[] LlamaModules(int layer)
    {
        LinearModule Module(string part, int input, int output) =>
            new(FormattableString.Invariant($"model.layers.{layer}.{part}"), input, output);
        return
        [
            Module("self_attn.q_proj", HiddenSize, QueryWidth),
            Module("self_attn.k_proj", HiddenSize, KeyValueWidth),
            Module("self_attn.v_proj", HiddenSize, KeyValueWidth),
            Module("self_attn.o_proj", QueryWidth, HiddenSize),
            Module("mlp.gate_proj", HiddenSize, FeedForwardSize),
            Module("mlp.up_proj", HiddenSize, FeedForwardSize),
            Module("mlp.down_proj", FeedForwardSize, HiddenSize),
        ];
    }

    private LinearModule[] Gpt2Modules(int layer)
    {
        LinearModule Module(string part, int input, int output) =>
            new(FormattableString.Invariant($"transformer.h.{layer}.{part}"), input, output);
        return
        [
            Module("attn.c_attn", HiddenSize, 3 * HiddenSize),
            Module("attn.c_proj", HiddenSize, HiddenSize),
            Module("mlp.c_fc", HiddenSize, FeedForwardSize),
            Module("mlp.c_proj", FeedForwardSize, HiddenSize),
        ];
    }

    /// <summary>A tensor is read into one span.</summary>
    private void RefuseLargeMatrices(JsonField root)
    {
        var isGpt2 = Family == DecoderFamily.Gpt2;
        foreach (var (name, rows) in ((string, long)[])
            [
                isGpt2 ? ("n_embd", 3L * HiddenSize) : ("hidden_size", HiddenSize),
                ("vocab_size", VocabularySize),
                isGpt2 ? ("n_inner", FeedForwardSize) : ("intermediate_size", FeedForwardSize),
                isGpt2 ? ("n_positions", PositionsMax) : ("head_dim", (long)HeadCount * HeadSize),
            ])
        {
            if (rows * HiddenSize > int.MaxValue)
                throw root[name].Error($"gives a matrix of {rows} x {HiddenSize}; at most {int.MaxValue} values");
        }
    }
}
