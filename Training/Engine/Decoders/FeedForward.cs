using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// The feed-forward part of a layer: SwiGLU, down(silu(gate x) * up x), or GELU, down(gelu(up x)). One object for each
/// worker: it holds scratch.
/// </summary>
internal sealed unsafe class FeedForward(DecoderConfig config, LinearPass linears) : IDisposable
{
    private readonly AlignedBuffer innerGradient = new();
    private readonly AlignedBuffer upGradient = new();

    /// <summary>From <c>cache.FeedForwardInput</c> to the output.</summary>
    /// <param name="map">The round's adapter.</param>
    /// <param name="layer">The weights.</param>
    /// <param name="cache">Holds the input; receives what the backward pass needs.</param>
    /// <param name="rows">q.</param>
    /// <param name="output">q x d.</param>
    public void Forward(LowRankMap map, DecoderLayerWeights layer, DecoderLayerCache cache, int rows, float* output)
    {
        var x = cache.FeedForwardInput.Pointer;
        var count = Count(rows);
        var inner = Reserve(cache.Inner, rows);
        var gateOrSlope = Reserve(cache.GateOrSlope, rows);
        if (layer.Gate is { } gate)
        {
            var up = Reserve(cache.Up, rows);
            linears.Forward(map[gate], x, rows, gateOrSlope);
            linears.Forward(map[layer.Up], x, rows, up);
            GatedActivation.Forward(gateOrSlope, up, inner, count);
        }
        else
        {
            linears.Forward(map[layer.Up], x, rows, inner);
            ActivationMath.Apply(EncoderActivation.GeluTanh, inner, gateOrSlope, count);
        }

        linears.Forward(map[layer.Down], inner, rows, output);
    }

    /// <summary>Gradients of the factors, and of the input unless <paramref name="dInput"/> is null.</summary>
    /// <param name="map">The round's adapter.</param>
    /// <param name="layer">The weights.</param>
    /// <param name="cache">What the forward pass kept.</param>
    /// <param name="dOutput">q x d.</param>
    /// <param name="starts">First row of each example, and the number of rows.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dInput">q x d, or null.</param>
    public void Backward(
        LowRankMap map, DecoderLayerWeights layer, DecoderLayerCache cache, float* dOutput, ReadOnlySpan<int> starts,
        GradientRows gradients, float* dInput)
    {
        var x = cache.FeedForwardInput.Pointer;
        var rows = starts[^1];
        var dInner = Reserve(innerGradient, rows);
        linears.Backward(map[layer.Down], cache.Inner.Pointer, dOutput, starts, gradients, dInner);
        if (layer.Gate is { } gate)
        {
            var dUp = Reserve(upGradient, rows);
            GatedActivation.Backward(cache.GateOrSlope.Pointer, cache.Up.Pointer, dInner, dUp, Count(rows));
            linears.Backward(map[gate], x, dInner, starts, gradients, dInput);
            linears.Backward(map[layer.Up], x, dUp, starts, gradients, dInput, accumulate: true);
        }
        else
        {
            RowMath.Multiply(cache.GateOrSlope.Pointer, dInner, Count(rows));
            linears.Backward(map[layer.Up], x, dInner, starts, gradients, dInput);
        }
    }

    public void Dispose()
    {
        innerGradient.Dispose();
        upGradient.Dispose();
    }

    private long Count(int rows) => (long)rows * config.FeedForwardSize;

    /// <summary>Rows x d_ff, with room for the last whole vector.</summary>
    private float* Reserve(AlignedBuffer buffer, int rows) => buffer.Reserve(Count(rows) + Softmax.Padding);
}
