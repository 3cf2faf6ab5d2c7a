using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>Logits = W h on the last token's vector h, without a bias (<c>score.weight</c>).</summary>
internal sealed class ScoreHead(AdapterTensor weight) : LabelHead
{
    /// <inheritdoc/>
    public override int? LabelCount => weight.Spec.Rows;

    /// <inheritdoc/>
    public override IReadOnlyList<AdapterTensor> Trained => weight.IsTrained ? [weight] : [];

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor hidden) => Linear(hidden, weight, bias: null);
}
