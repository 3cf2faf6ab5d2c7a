using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// What one layer computes in a forward pass, kept for its backward pass. Below the lowest trained layer, and in
/// evaluation, all layers share one. t tokens, q query rows. Each part makes room for what it writes.
/// </summary>
internal sealed class DecoderLayerCache : IDisposable
{
    /// <summary>The norm before attention.</summary>
    public NormCache AttentionNorm { get; } = new();

    /// <summary>t x d: its output.</summary>
    public AlignedBuffer AttentionInput { get; } = new();

    /// <summary>q x d: the rows of it that ask, where these are not all.</summary>
    public AlignedBuffer QueryInput { get; } = new();

    /// <summary>q x query width; or t x (query, key and value) where one layer gives all three.</summary>
    public AlignedBuffer Query { get; } = new();

    /// <summary>t x key width.</summary>
    public AlignedBuffer Key { get; } = new();

    /// <summary>t x value width.</summary>
    public AlignedBuffer Value { get; } = new();

    /// <summary>q x query width: what attention reads together.</summary>
    public AlignedBuffer Context { get; } = new();

    /// <summary>The norm before the feed-forward layers.</summary>
    public NormCache FeedForwardNorm { get; } = new();

    /// <summary>q x d: its output.</summary>
    public AlignedBuffer FeedForwardInput { get; } = new();

    /// <summary>q x d_ff: SwiGLU's gate before its non-linearity, or GELU's slope.</summary>
    public AlignedBuffer GateOrSlope { get; } = new();

    /// <summary>q x d_ff: what SwiGLU's gate multiplies.</summary>
    public AlignedBuffer Up { get; } = new();

    /// <summary>q x d_ff: after the non-linearity.</summary>
    public AlignedBuffer Inner { get; } = new();

    public void Dispose()
    {
        foreach (var buffer in (IDisposable[])
            [
                AttentionNorm, AttentionInput, QueryInput, Query, Key, Value, Context, FeedForwardNorm,
                FeedForwardInput, GateOrSlope, Up, Inner,
            ])
        {
            buffer.Dispose();
        }
    }
}
