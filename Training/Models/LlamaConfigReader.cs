using FedLowRank.Training.Data;

namespace FedLowRank.Training.Models;

/// <summary>
/// Reads the <c>config.json</c> of Llama, Mistral and Qwen2. Where an option is absent, its value is that of the
/// type's configuration class in Hugging Face's transformers; sizes must be there.
/// </summary>
internal static class LlamaConfigReader
{
    private const float FactorMax = 1 << 20;

    public static DecoderConfig Read(JsonField root)
    {
        var type = root["model_type"].Text();
        RefuseUnsupported(root);
        var hiddenSize = root["hidden_size"].Integer(1, 65_536);
        var headCount = root["num_attention_heads"].Integer(1, hiddenSize);
        var attentionBias = type == "llama" && root["attention_bias"].Flag(whenAbsent: false);
        return new DecoderConfig
        {
            Family = DecoderFamily.Llama,
            VocabularySize = root["vocab_size"].Integer(1, 1 << 24),
            HiddenSize = hiddenSize,
            LayerCount = root["num_hidden_layers"].Integer(1, 1024),
            HeadCount = headCount,
            KeyValueHeadCount = KeyValueHeadCount(root, type, headCount),
            HeadSize = HeadSize(root, hiddenSize, headCount),
            FeedForwardSize = root["intermediate_size"].Integer(1, 1 << 20),
            PositionsMax = root["max_position_embeddings"].Integer(1, 1 << 24),
            SlidingWindow = SlidingWindow(root, type),
            NormEpsilon = root["rms_norm_eps"].PositiveSingle(below: 1, whenAbsent: 1e-6f),
            Rotary = Rotary(root),
            IsTied = root["tie_word_embeddings"].Flag(whenAbsent: false),
            HasQueryKeyValueBias = attentionBias || type == "qwen2",
            HasAttentionOutputBias = attentionBias,
            HasFeedForwardBias = type == "llama" && root["mlp_bias"].Flag(whenAbsent: false),
        };
    }

    private static int KeyValueHeadCount(JsonField root, string type, int headCount)
    {
        var field = root["num_key_value_heads"];
        // Only Llama's class takes the number of query heads for an absent field; the others have numbers of their own.
        var count = field.IsNull && type == "llama" ? headCount : field.Integer(1, headCount);
        return headCount % count == 0
            ? count
            : throw field.Error($"must divide num_attention_heads, {headCount}");
    }

    private static int HeadSize(JsonField root, int hiddenSize, int headCount)
    {
        if (root["head_dim"].IsNull && hiddenSize % headCount != 0)
            throw root["num_attention_heads"].Error($"must divide hidden_size, {hiddenSize}, where head_dim is absent");

        var size = root["head_dim"].Integer(1, 65_536, whenAbsent: hiddenSize / headCount);
        if (size % 2 != 0)
            throw root["head_dim"].Error($"the heads' width, {size}, must be even: rotary positions turn pairs");
        return size;
    }

    private static int? SlidingWindow(JsonField root, string type)
    {
        var field = root["sliding_window"];
        return type switch
        {
            // An absent window is Mistral's usual one; null is none.
            "mistral" when !root.Members().Any(m => m.Key == "sliding_window") => 4096,
            "qwen2" when !root["use_sliding_window"].Flag(whenAbsent: false) => null,
            "mistral" or "qwen2" when !field.IsNull => field.Integer(1, 1 << 24),
            _ => null,
        };
    }

    private static RotaryConfig Rotary(JsonField root)
    {
        // The newer layout keeps theta and the scaling in one object.
        var both = root["rope_parameters"];
        var scaling = both.IsNull ? root["rope_scaling"] : both;
        if (!both.IsNull && both["rope_theta"].IsNull)
            throw both["rope_theta"].Error("must be above 0; one set of parameters for all layers is supported");

        var theta = (both.IsNull ? root : both)["rope_theta"].PositiveSingle(below: 1e12f, whenAbsent: 10_000);
        var type = scaling["rope_type"].IsNull ? scaling["type"] : scaling["rope_type"];
        var plain = new RotaryConfig { Theta = theta };
        switch (type.IsNull && (scaling.IsNull || scaling["factor"].IsNull) ? "default" : type.Text())
        {
            case "default":
                return plain;
            case "linear":
                return plain with { Scaling = RotaryScaling.Linear, Factor = Positive(scaling["factor"]) };
            case "llama3":
                var low = Positive(scaling["low_freq_factor"]);
                var high = Positive(scaling["high_freq_factor"]);
                return plain with
                {
                    Scaling = RotaryScaling.Llama3,
                    Factor = Positive(scaling["factor"]),
                    LowFrequencyFactor = low,
                    HighFrequencyFactor = high > low
                        ? high
                        : throw scaling["high_freq_factor"].Error($"must be above low_freq_factor, {low}"),
                    OriginalPositions = scaling["original_max_position_embeddings"].Integer(1, 1 << 24),
                };
            default:
                throw type.Error("is not supported; supported are default, linear and llama3");
        }
    }

    private static float Positive(JsonField field) => field.IsNull
        ? throw field.Error($"must be above 0 and below {FactorMax}")
        : field.PositiveSingle(FactorMax, whenAbsent: 0);

    private static void RefuseUnsupported(JsonField root)
    {
        var activation = root["hidden_act"];
        if (!activation.IsNull && activation.Text() is not ("silu" or "swish"))
            throw activation.Error("is not supported; supported are silu and swish");
        var partial = root["partial_rotary_factor"];
        if (!partial.IsNull && partial.PositiveSingle(below: 2, whenAbsent: 1) != 1)
            throw partial.Error("is not supported; supported is 1");
        foreach (var name in (string[])["add_cross_attention", "is_encoder_decoder"])
            if (root[name].Flag(whenAbsent: false)) throw root[name].Error("is not supported; supported is false");
    }
}
