using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Predicts the next token with the frozen output matrix. The loss of an example is the mean cross-entropy over its own
/// target tokens; its gradient is written down rather than differentiated, so that logits are made for some rows at a
/// time and never for all tokens.
/// </summary>
/// <param name="output">Vocabulary x d.</param>
internal sealed class NextTokenHead(Tensor output) : TaskHead
{
    /// <summary>Values of logits that are made at a time.</summary>
    internal const long LogitsMax = 1 << 24;

    /// <inheritdoc/>
    public override int? LabelCount => null;

    /// <inheritdoc/>
    public override IReadOnlyList<AdapterTensor> Trained => [];

    /// <inheritdoc/>
    public override void Predict(Tensor hidden, TokenBatch batch, Span<Prediction> predictions)
    {
        var targets = batch.Targets();
        var losses = empty(hidden.shape[0], ScalarType.Float32, hidden.device);
        foreach (var (start, count) in Blocks(hidden))
        {
            using var scope = NewDisposeScope();
            losses.narrow(0, start, count).copy_(functional.cross_entropy(
                Logits(hidden, start, count), targets.narrow(0, start, count), reduction: Reduction.None));
        }

        var values = losses.cpu().data<float>().ToArray().AsSpan();
        for (var i = 0; i < predictions.Length; i++)
        {
            var count = batch.Examples[i].Tokens.Length - 1;
            var sum = 0.0;
            foreach (var loss in values[..count])
            {
                sum += loss;
            }

            predictions[i] = Prediction.OfTokens(sum / count, count);
            values = values[(batch.Width - 1)..];
        }
    }

    /// <inheritdoc/>
    public override Tensor Gradient(Tensor hidden, TokenBatch batch, DeviceRows rows)
    {
        var (targets, weights) = (batch.Targets().unsqueeze(1), batch.TargetWeights().unsqueeze(1));
        var gradient = empty_like(hidden);
        foreach (var (start, count) in Blocks(hidden))
        {
            using var scope = NewDisposeScope();
            // Soft-max less one at the target.
            var probabilities = functional.softmax(Logits(hidden, start, count), 1);
            probabilities.scatter_add_(
                1, targets.narrow(0, start, count), full(count, 1, -1f, ScalarType.Float32, hidden.device));
            probabilities.mul_(weights.narrow(0, start, count));
            gradient.narrow(0, start, count).copy_(probabilities.to(hidden.dtype).matmul(output));
        }

        return gradient;
    }

    private Tensor Logits(Tensor hidden, long start, long count) =>
        functional.linear(hidden.narrow(0, start, count), output).to(ScalarType.Float32);

    private IEnumerable<(long Start, long Count)> Blocks(Tensor hidden)
    {
        var (rows, step) = (hidden.shape[0], Math.Max(1, LogitsMax / output.shape[0]));
        for (var start = 0L; start < rows; start += step)
        {
            yield return (start, Math.Min(step, rows - start));
        }
    }
}
