using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>
/// What one layer computes in a forward pass, kept for its backward pass. Below the lowest trained layer, and in
/// evaluation, all layers share one. t tokens, q query rows (t, or one for each example in the last layer).
/// </summary>
internal sealed unsafe class LayerCache : IDisposable
{
    /// <summary>t x d: the layer's input.</summary>
    public AlignedBuffer Input { get; } = new();

    /// <summary>t x d; as keys and values, only where all tokens ask.</summary>
    public AlignedBuffer Query { get; } = new();

    /// <summary>t x d.</summary>
    public AlignedBuffer Key { get; } = new();

    /// <summary>t x d.</summary>
    public AlignedBuffer Value { get; } = new();

    /// <summary>For each example and head tokens x padded tokens.</summary>
    public AlignedBuffer Probabilities { get; } = new();

    /// <summary>q x d: what attention reads together.</summary>
    public AlignedBuffer Context { get; } = new();

    /// <summary>q x d: after the first layer norm.</summary>
    public AlignedBuffer Middle { get; } = new();

    /// <summary>The layer norm after attention.</summary>
    public NormCache AttentionNorm { get; } = new();

    /// <summary>q x d_ff: after the non-linearity.</summary>
    public AlignedBuffer Inner { get; } = new();

    /// <summary>q x d_ff: slope of the non-linearity.</summary>
    public AlignedBuffer InnerSlope { get; } = new();

    /// <summary>The layer norm after the feed-forward layers.</summary>
    public NormCache OutputNorm { get; } = new();

    /// <summary>Makes room for what follows attention; attention makes its own.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="queries">q.</param>
    public void Reserve(EncoderConfig config, int queries)
    {
        var perQuery = (long)queries * config.HiddenSize;
        var wide = ((long)queries * config.FeedForwardSize) + Softmax.Padding;
        Context.Reserve(perQuery);
        Middle.Reserve(perQuery);
        Inner.Reserve(wide);
        InnerSlope.Reserve(wide);
    }

    public void Dispose()
    {
        foreach (var buffer in (IDisposable[])
            [
                Input, Query, Key, Value, Probabilities, Context, Middle, AttentionNorm, Inner, InnerSlope,
                OutputNorm,
            ])
        {
            buffer.Dispose();
        }
    }
}
