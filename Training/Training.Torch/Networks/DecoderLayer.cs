using FedLowRank.Training.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// One pre-norm layer of a decoder: x = x + attention(norm(x)), then x = x + feed-forward(norm(x)). Attention is causal
/// and grouped (arXiv 1706.03762, 2305.13245): what an example is filled up with comes after its tokens, so no token
/// sees it.
/// </summary>
internal abstract class DecoderLayer(DecoderConfig config) : Module<Tensor, RotaryTable?, Tensor>(nameof(DecoderLayer))
{
    /// <summary>Every linear layer, in the model's order.</summary>
    public abstract IReadOnlyList<LinearLayer> Linears { get; }

    protected DecoderConfig Config => config;

    /// <summary>n x T x d to n x T x d.</summary>
    public override Tensor forward(Tensor x, RotaryTable? rotary)
    {
        using var middle = Residual(x, input => Attention(input, rotary));
        return Residual(middle, FeedForward);
    }

    protected abstract Tensor Attention(Tensor x, RotaryTable? rotary);

    protected abstract Tensor FeedForward(Tensor x);

    /// <summary>x + part(x); what the graph does not need is freed at once.</summary>
    private static Tensor Residual(Tensor x, Func<Tensor, Tensor> part)
    {
        using var scope = NewDisposeScope();
        return part(x).add_(x).MoveToOuterDisposeScope();
    }

    /// <summary>Soft-max(Q K^T / sqrt(d_h)) V, joined to n x T x query width.</summary>
    protected Tensor Attend(Tensor query, Tensor key, Tensor value, RotaryTable? rotary)
    {
        var (q, k, v) = (
            Heads(query, config.HeadCount), Heads(key, config.KeyValueHeadCount),
            Heads(value, config.KeyValueHeadCount));
        if (rotary != null)
        {
            (q, k) = (rotary.Turn(q), rotary.Turn(k));
        }

        return functional.scaled_dot_product_attention(q, Repeat(k), Repeat(v), is_casual: true)
            .transpose(1, 2).reshape(query.shape[0], query.shape[1], config.QueryWidth);
    }

    /// <summary>n x T x (heads d_h) to n x heads x T x d_h.</summary>
    private Tensor Heads(Tensor x, int heads) =>
        x.view(x.shape[0], x.shape[1], heads, config.HeadSize).transpose(1, 2);

    /// <summary>Each head of keys or values once for every query head that reads it.</summary>
    private Tensor Repeat(Tensor x)
    {
        var group = config.HeadCount / config.KeyValueHeadCount;
        return group == 1 ? x : x.unsqueeze(2)
            .expand(x.shape[0], x.shape[1], group, x.shape[2], x.shape[3])
            .reshape(x.shape[0], config.HeadCount, x.shape[2], x.shape[3]);
    }
}
