using FedLowRank.Training.Engine;
using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A classification head, in F32.</summary>
internal abstract class LabelHead : TaskHead
{
    /// <summary>Logits, n x labels.</summary>
    /// <param name="hidden">n x d, F32.</param>
    protected abstract Tensor Logits(Tensor hidden);

    /// <inheritdoc/>
    public override void Predict(Tensor hidden, TokenBatch batch, Span<Prediction> predictions)
    {
        var labels = LabelCount!.Value;
        var logits = Logits(hidden.to(ScalarType.Float32)).contiguous().cpu().data<float>().ToArray();
        for (var i = 0; i < predictions.Length; i++)
        {
            predictions[i] = LabelLoss.Predict(logits.AsSpan(i * labels, labels), batch.Examples[i].Label);
        }
    }

    /// <inheritdoc/>
    public override Tensor Gradient(Tensor hidden, TokenBatch batch, DeviceRows rows)
    {
        var labels = batch.Labels();
        return rows.Differentiate(
            Trained, hidden.to(ScalarType.Float32),
            x => (functional.cross_entropy(Logits(x), labels, reduction: Reduction.Sum), null),
            needsInput: true)!.to(hidden.dtype);
    }

    /// <summary>x W^T of each example with its own W, or one for all.</summary>
    /// <param name="x">n x d_in.</param>
    /// <param name="weight">d_out x d_in.</param>
    /// <param name="bias">d_out x 1, or null.</param>
    protected static Tensor Linear(Tensor x, AdapterTensor weight, AdapterTensor? bias)
    {
        var y = x.unsqueeze(1).matmul(weight.Transposed);
        return (bias == null ? y : y.add(bias.Transposed)).squeeze(1);
    }
}
