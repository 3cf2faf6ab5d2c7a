using FedLowRank.Training.Data;

namespace FedLowRank.Training.Models;

/// <summary>Reads the <c>config.json</c> of GPT-2. An absent field has the value that GPT2Config gives it.</summary>
internal static class Gpt2ConfigReader
{
    public static DecoderConfig Read(JsonField root)
    {
        RefuseUnsupported(root);
        var hiddenSize = root["n_embd"].Integer(1, 65_536, whenAbsent: 768);
        var headCount = root["n_head"].Integer(1, hiddenSize, whenAbsent: 12);
        if (hiddenSize % headCount != 0)
            throw root["n_head"].Error($"must divide n_embd, {hiddenSize}");
        return new DecoderConfig
        {
            Family = DecoderFamily.Gpt2,
            VocabularySize = root["vocab_size"].Integer(1, 1 << 24, whenAbsent: 50_257),
            HiddenSize = hiddenSize,
            LayerCount = root["n_layer"].Integer(1, 1024, whenAbsent: 12),
            HeadCount = headCount,
            KeyValueHeadCount = headCount,
            HeadSize = hiddenSize / headCount,
            FeedForwardSize = root["n_inner"].Integer(1, 1 << 20, whenAbsent: 4 * hiddenSize),
            PositionsMax = root["n_positions"].Integer(1, 1 << 20, whenAbsent: 1024),
            NormEpsilon = root["layer_norm_epsilon"].PositiveSingle(below: 1, whenAbsent: 1e-5f),
            IsTied = root["tie_word_embeddings"].Flag(whenAbsent: true),
            HasQueryKeyValueBias = true,
            HasAttentionOutputBias = true,
            HasFeedForwardBias = true,
        };
    }

    private static void RefuseUnsupported(JsonField root)
    {
        var activation = root["activation_function"];
        if (!activation.IsNull && activation.Text() is not ("gelu_new" or "gelu_pytorch_tanh"))
            throw activation.Error("is not supported; supported are gelu_new and gelu_pytorch_tanh");
        foreach (var name in (string[])["scale_attn_by_inverse_layer_idx", "add_cross_attention"])
            if (root[name].Flag(whenAbsent: false)) throw root[name].Error("is not supported; supported is false");
        if (!root["scale_attn_weights"].Flag(whenAbsent: true))
            throw root["scale_attn_weights"].Error("is not supported; supported is true");
    }
}
