using FedLowRank.Training.Models;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A layer of Llama, Mistral or Qwen2: RMS norms, rotary positions, grouped queries, SwiGLU.</summary>
internal sealed class LlamaLayer : DecoderLayer
{
    private readonly FrozenNorm attentionNorm;
    private readonly LinearLayer query;
    private readonly LinearLayer key;
    private readonly LinearLayer value;
    private readonly LinearLayer attentionOutput;
    private readonly FrozenNorm feedForwardNorm;
    private readonly LinearLayer gate;
    private readonly LinearLayer up;
    private readonly LinearLayer down;

    /// <param name="config">The model's sizes.</param>
    /// <param name="linear">Reads a linear layer by its name in the layer: name, d_in, d_out, has a bias.</param>
    /// <param name="norm">Reads a norm by its name in the layer.</param>
    public LlamaLayer(
        DecoderConfig config, Func<string, int, int, bool, LinearLayer> linear, Func<string, FrozenNorm> norm)
        : base(config)
    {
        var (d, wide, bias) = (config.HiddenSize, config.FeedForwardSize, config.HasQueryKeyValueBias);
        attentionNorm = norm("input_layernorm");
        query = linear("self_attn.q_proj", d, config.QueryWidth, bias);
        key = linear("self_attn.k_proj", d, config.KeyValueWidth, bias);
        value = linear("self_attn.v_proj", d, config.KeyValueWidth, bias);
        attentionOutput = linear("self_attn.o_proj", config.QueryWidth, d, config.HasAttentionOutputBias);
        feedForwardNorm = norm("post_attention_layernorm");
        gate = linear("mlp.gate_proj", d, wide, config.HasFeedForwardBias);
        up = linear("mlp.up_proj", d, wide, config.HasFeedForwardBias);
        down = linear("mlp.down_proj", wide, d, config.HasFeedForwardBias);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LinearLayer> Linears => [query, key, value, attentionOutput, gate, up, down];

    /// <inheritdoc/>
    protected override Tensor Attention(Tensor x, RotaryTable? rotary)
    {
        var input = attentionNorm.call(x);
        return attentionOutput.call(Attend(query.call(input), key.call(input), value.call(input), rotary));
    }

    /// <inheritdoc/>
    protected override Tensor FeedForward(Tensor x)
    {
        var input = feedForwardNorm.call(x);
        return down.call(gate.call(input).silu().mul(up.call(input)));
    }
}
