using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Logits = W_o tanh(W_d h + b_d) + b_o on the first token's vector h. RoBERTa keeps both layers in the head; BERT's
/// first one is the frozen pooler of the base.
/// </summary>
internal sealed class EncoderHead : LabelHead
{
    private readonly LinearLayer? pooler;
    private readonly AdapterTensor? denseWeight;
    private readonly AdapterTensor? denseBias;
    private readonly AdapterTensor outWeight;
    private readonly AdapterTensor outBias;
    private readonly int labels;

    public EncoderHead(EncoderConfig config, LinearLayer? pooler, Adapter adapter, AdapterTensors tensors)
    {
        labels = HeadTensors.LabelCount(config, adapter);
        var all = HeadTensors.For(config, labels).Select(s => tensors.Get(s, adapter.Values(s.Name))).ToArray();
        (outWeight, outBias) = (all[^2], all[^1]);
        if (config.Family == EncoderFamily.Roberta)
        {
            (denseWeight, denseBias) = (all[0], all[1]);
        }
        else
        {
            HeadTensors.RequirePooler(pooler != null);
            this.pooler = pooler;
        }

        Trained = [.. all.Where(t => t.IsTrained)];
    }

    /// <inheritdoc/>
    public override int? LabelCount => labels;

    /// <inheritdoc/>
    public override IReadOnlyList<AdapterTensor> Trained { get; }

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor hidden)
    {
        var dense = pooler == null ? Linear(hidden, denseWeight!, denseBias) : pooler.Wide(hidden);
        return Linear(dense.tanh(), outWeight, outBias);
    }
}
