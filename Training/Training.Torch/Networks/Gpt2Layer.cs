using FedLowRank.Training.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A layer of GPT-2: layer norms, one fused layer for query, key and value, GELU (tanh form).</summary>
internal sealed class Gpt2Layer : DecoderLayer
{
    private readonly FrozenNorm attentionNorm;
    private readonly LinearLayer projections;
    private readonly LinearLayer attentionOutput;
    private readonly FrozenNorm feedForwardNorm;
    private readonly LinearLayer up;
    private readonly LinearLayer down;

    /// <param name="config">The model's sizes.</param>
    /// <param name="linear">Reads a linear layer by its name in the layer: name, d_in, d_out, has a bias.</param>
    /// <param name="norm">Reads a norm by its name in the layer.</param>
    public Gpt2Layer(
        DecoderConfig config, Func<string, int, int, bool, LinearLayer> linear, Func<string, FrozenNorm> norm)
        : base(config)
    {
        var (d, wide) = (config.HiddenSize, config.FeedForwardSize);
        attentionNorm = norm("ln_1");
        projections = linear("attn.c_attn", d, 3 * d, true);
        attentionOutput = linear("attn.c_proj", d, d, true);
        feedForwardNorm = norm("ln_2");
        up = linear("mlp.c_fc", d, wide, true);
        down = linear("mlp.c_proj", wide, d, true);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<LinearLayer> Linears => [projections, attentionOutput, up, down];

    /// <inheritdoc/>
    protected override Tensor Attention(Tensor x, RotaryTable? rotary)
    {
        var parts = projections.call(attentionNorm.call(x)).chunk(3, -1);
        return attentionOutput.call(Attend(parts[0], parts[1], parts[2], rotary));
    }

    /// <inheritdoc/>
    protected override Tensor FeedForward(Tensor x) =>
        down.call(up.call(feedForwardNorm.call(x)).gelu(GELU.Approximate.tanh));
}
