using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using FedLowRank.Training.Torch.Networks;

namespace FedLowRank.Training.Torch.Steps;

/// <summary>
/// Estimates what a micro-batch takes on the device besides the weights, from what autograd keeps of each layer. It
/// chooses how many examples go together; where it is too low, the allocator says so and the micro-batch is halved.
/// </summary>
internal sealed class StepMemory
{
    // What allocators round up, lose between blocks, and need for a moment.
    private const double Slack = 1.25;

    private readonly long bytesPerToken;
    private readonly long evaluationBytesPerToken;
    private readonly long bytesPerExample;
    private readonly long constant;
    private readonly long unpackedBytes;
    private readonly long evaluationUnpackedBytes;

    /// <param name="config">The model's sizes.</param>
    /// <param name="options">Precision, and whether activations are computed anew.</param>
    /// <param name="adapter">What is trained.</param>
    public StepMemory(ModelConfig config, TorchEngineOptions options, LoadedAdapter adapter)
    {
        long size = options.Precision == TorchPrecision.BFloat16 ? 2 : 4;
        long d = config.HiddenSize;
        var layers = config.LayerCount - adapter.LowestTrainedLayer;
        var kept = KeptPerToken(config, size) + (adapter.KeptValuesPerToken * sizeof(float) / config.LayerCount);
        // One layer's temporaries at its widest, forward and back, in F32 where a low-rank path widens them.
        var passing = 4 * sizeof(float) * (long)Math.Max(config.FeedForwardSize, 3 * d);
        evaluationBytesPerToken = passing + (4 * d * size);
        bytesPerToken = evaluationBytesPerToken + (options.Recompute || options.IsQuantized
            ? kept + (layers * d * size)
            : layers * kept);
        // A row, and the gradients that are copied into it.
        bytesPerExample = 2 * sizeof(float) * (long)adapter.Dimension;
        constant = (3 * sizeof(double) * DeviceSum.ChunkValuesMax) + (2 * sizeof(double) * (long)adapter.Dimension)
            + (adapter.Head.LabelCount == null ? 4 * sizeof(float) * NextTokenHead.LogitsMax : 0);
        (unpackedBytes, evaluationUnpackedBytes) = options.IsQuantized ? Unpacked(config, size) : (0, 0);
    }

    /// <summary>Bytes of a micro-batch for gradients.</summary>
    /// <param name="examples">n.</param>
    /// <param name="width">Tokens of the longest.</param>
    public long Gradients(int examples, int width) =>
        (long)(Slack * examples * ((bytesPerToken * width) + bytesPerExample)) + constant + unpackedBytes;

    /// <summary>Bytes of a micro-batch for predictions.</summary>
    /// <param name="examples">n.</param>
    /// <param name="width">Tokens of the longest.</param>
    public long Evaluation(int examples, int width) =>
        (long)(Slack * examples * evaluationBytesPerToken * width) + constant + evaluationUnpackedBytes;

    /// <summary>
    /// Bytes of a quantised base's unpacked weights: all of one layer, which its graph keeps for the backward pass, and
    /// the largest of all, which is gone after its use where there is no graph; both with what unpacking needs.
    /// </summary>
    private static (long OfLayer, long Largest) Unpacked(ModelConfig config, long size)
    {
        var weights = config.Modules.Select(m => size * m.InputWidth * m.OutputWidth).ToList();
        return (
            (weights.Sum() / config.LayerCount) + CodedMatrix.UnpackingBytes,
            weights.Max() + CodedMatrix.UnpackingBytes);
    }

    /// <summary>
    /// Bytes that one layer keeps of one token for its backward pass: the inputs of both norms in F32; its own input;
    /// query, key, value and context of attention; and what the feed-forward layer's non-linearity was applied to.
    /// </summary>
    private static long KeptPerToken(ModelConfig config, long size)
    {
        long d = config.HiddenSize;
        var (attention, feedForward) = config is DecoderConfig { Family: DecoderFamily.Llama } llama
            ? (4L * llama.QueryWidth, 3L * config.FeedForwardSize)
            : (4 * d, config.FeedForwardSize);
        return (2 * d * sizeof(float)) + ((d + attention + feedForward) * size);
    }
}
