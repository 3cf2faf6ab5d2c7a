using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>Gradients on their way back through the layers; t tokens, q query rows.</summary>
internal sealed unsafe class BackwardBuffers : IDisposable
{
    /// <summary>Examples x d: of the head's first layer before its tanh.</summary>
    public AlignedBuffer Preactivation { get; } = new();

    /// <summary>q x d: of a layer's output; t x d after the layer, of its input.</summary>
    public AlignedBuffer Output { get; } = new();

    /// <summary>q x d: of the sum before a layer norm.</summary>
    public AlignedBuffer Sum { get; } = new();

    /// <summary>q x d_ff.</summary>
    public AlignedBuffer Inner { get; } = new();

    /// <summary>q x d.</summary>
    public AlignedBuffer Context { get; } = new();

    /// <summary>q x d.</summary>
    public AlignedBuffer Query { get; } = new();

    /// <summary>t x d.</summary>
    public AlignedBuffer Key { get; } = new();

    /// <summary>t x d.</summary>
    public AlignedBuffer Value { get; } = new();

    public void Dispose()
    {
        foreach (var buffer in (AlignedBuffer[])[Preactivation, Output, Sum, Inner, Context, Query, Key, Value])
        {
            buffer.Dispose();
        }
    }
}
