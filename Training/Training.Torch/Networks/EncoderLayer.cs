using FedLowRank.Training.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// One post-norm layer of a BERT-type encoder (arXiv 1706.03762). In the last one only the first token of each example
/// asks: the classifier reads nothing else.
/// </summary>
internal sealed class EncoderLayer : Module<Tensor, TokenBatch, Tensor>
{
    private readonly LinearLayer query;
    private readonly LinearLayer key;
    private readonly LinearLayer value;
    private readonly LinearLayer attention;
    private readonly FrozenNorm attentionNorm;
    private readonly LinearLayer inner;
    private readonly LinearLayer output;
    private readonly FrozenNorm outputNorm;
    private readonly EncoderConfig config;
    private readonly bool asksFirstOnly;

    /// <param name="config">The model's sizes.</param>
    /// <param name="linear">Reads a linear layer by its name in the layer.</param>
    /// <param name="norm">Reads a norm by its name in the layer.</param>
    /// <param name="asksFirstOnly">True in the last layer.</param>
    public EncoderLayer(
        EncoderConfig config, Func<string, LinearLayer> linear, Func<string, FrozenNorm> norm, bool asksFirstOnly)
        : base(nameof(EncoderLayer))
    {
        this.config = config;
        this.asksFirstOnly = asksFirstOnly;
        query = linear("attention.self.query");
        key = linear("attention.self.key");
        value = linear("attention.self.value");
        attention = linear("attention.output.dense");
        attentionNorm = norm("attention.output.LayerNorm");
        inner = linear("intermediate.dense");
        output = linear("output.dense");
        outputNorm = norm("output.LayerNorm");
        RegisterComponents();
    }

    /// <summary>Every linear layer, in the model's order.</summary>
    public IReadOnlyList<LinearLayer> Linears => [query, key, value, attention, inner, output];

    /// <summary>n x T x d to n x T x d; to n x 1 x d in the last layer.</summary>
    public override Tensor forward(Tensor x, TokenBatch batch)
    {
        var asking = asksFirstOnly ? x.narrow(1, 0, 1) : x;
        var context = functional.scaled_dot_product_attention(
            Heads(query.call(asking)), Heads(key.call(x)), Heads(value.call(x)), batch.KeyMask());
        var joined = context.transpose(1, 2).reshape(asking.shape);
        var middle = attentionNorm.call(attention.call(joined).add_(asking));
        return outputNorm.call(output.call(Activation(inner.call(middle))).add_(middle));
    }

    /// <summary>n x tokens x d to n x heads x tokens x d_h.</summary>
    private Tensor Heads(Tensor x) =>
        x.view(x.shape[0], x.shape[1], config.HeadCount, config.HeadSize).transpose(1, 2);

    private Tensor Activation(Tensor x) => config.Activation switch
    {
        EncoderActivation.Gelu => x.gelu(),
        EncoderActivation.GeluTanh => x.gelu(TorchSharp.Modules.GELU.Approximate.tanh),
        _ => x.relu(),
    };
}
