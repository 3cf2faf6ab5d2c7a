using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// The attention part of a layer: projections, rotary positions, attention, output layer. One object for each worker:
/// it holds scratch.
/// </summary>
internal sealed unsafe class SelfAttention(DecoderConfig config, GemmKernel kernel, LinearPass linears) : IDisposable
{
    private readonly CausalAttention attention = new(kernel, config);
    private readonly RotaryPositions? rotary =
        config.Rotary == null ? null : new RotaryPositions(config.Rotary, config.HeadSize);
    private readonly AlignedBuffer contextGradient = new();
    private readonly AlignedBuffer queryGradient = new();
    private readonly AlignedBuffer keyGradient = new();
    private readonly AlignedBuffer valueGradient = new();

    /// <summary>True where a part of it is trained in this round.</summary>
    public static bool IsTrained(LowRankMap map, DecoderLayerWeights layer) =>
        map.IsTrained(layer.AttentionOutput) || AreProjectionsTrained(map, layer);

    /// <summary>From <c>cache.AttentionInput</c> to the output.</summary>
    /// <param name="map">The round's adapter.</param>
    /// <param name="layer">The weights.</param>
    /// <param name="cache">Holds the input; receives what the backward pass needs.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="queries">Which tokens ask.</param>
    /// <param name="output">q x d.</param>
    public void Forward(
        LowRankMap map, DecoderLayerWeights layer, DecoderLayerCache cache, in MicroBatch batch, in QueryRows queries,
        float* output)
    {
        var x = cache.AttentionInput.Pointer;
        var all = Reserve(layer, batch.TokenCount, queries.Count, cache.Query, cache.Key, cache.Value);
        if (layer.IsFused)
        {
            linears.Forward(map[layer.Projections[0]], x, batch.TokenCount, all.Query.Start);
        }
        else
        {
            var asking = x;
            if (!queries.IsAll)
            {
                asking = cache.QueryInput.Reserve((long)queries.Count * config.HiddenSize);
                queries.Gather(x, asking, config.HiddenSize);
            }

            linears.Forward(map[layer.Projections[0]], asking, queries.Count, all.Query.Start);
            linears.Forward(map[layer.Projections[1]], x, batch.TokenCount, all.Key.Start);
            linears.Forward(map[layer.Projections[2]], x, batch.TokenCount, all.Value.Start);
        }

        Turn(all, batch, queries, isBackward: false);
        var context = new MatrixRef(
            cache.Context.Reserve((long)queries.Count * config.QueryWidth), config.QueryWidth);
        attention.Forward(all, context, batch.Starts, queries);
        linears.Forward(map[layer.AttentionOutput], context.Start, queries.Count, output);
    }

    /// <summary>Gradients of the factors, and of the input unless <paramref name="dInput"/> is null.</summary>
    /// <param name="map">The round's adapter.</param>
    /// <param name="layer">The weights.</param>
    /// <param name="cache">What the forward pass kept.</param>
    /// <param name="dOutput">q x d.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="queries">Which tokens ask.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dInput">t x d, or null.</param>
    public void Backward(
        LowRankMap map, DecoderLayerWeights layer, DecoderLayerCache cache, float* dOutput, in MicroBatch batch,
        in QueryRows queries, GradientRows gradients, float* dInput)
    {
        var goesOn = dInput != null || AreProjectionsTrained(map, layer);
        var dContext = new MatrixRef(
            goesOn ? contextGradient.Reserve((long)queries.Count * config.QueryWidth) : null,
            config.QueryWidth);
        linears.Backward(
            map[layer.AttentionOutput], cache.Context.Pointer, dOutput, queries.Starts, gradients,
            dContext.Start);
        if (!goesOn)
        {
            return;
        }

        var all = Reserve(layer, batch.TokenCount, queries.Count, cache.Query, cache.Key, cache.Value);
        var dAll = Reserve(layer, batch.TokenCount, queries.Count, queryGradient, keyGradient, valueGradient);
        // Blocks and grouped heads add to keys and values; in fused rows some tokens may not ask.
        foreach (var part in (ReadOnlySpan<MatrixRef>)(layer.IsFused ? [dAll.Query] : [dAll.Key, dAll.Value]))
        {
            new Span<float>(part.Start, checked(batch.TokenCount * part.Stride)).Clear();
        }

        attention.Backward(all, dContext, batch.Starts, queries, dAll);
        Turn(dAll, batch, queries, isBackward: true);
        var x = cache.AttentionInput.Pointer;
        if (layer.IsFused)
        {
            linears.Backward(
                map[layer.Projections[0]], x, dAll.Query.Start, batch.Starts, gradients, dInput);
            return;
        }

        var asking = queries.IsAll ? x : cache.QueryInput.Pointer;
        linears.Backward(
            map[layer.Projections[0]], asking, dAll.Query.Start, queries.Starts, gradients, dInput);
        if (dInput != null)
        {
            queries.Spread(dInput, config.HiddenSize);
        }

        linears.Backward(
            map[layer.Projections[1]], x, dAll.Key.Start, batch.Starts, gradients, dInput, accumulate: true);
        linears.Backward(
            map[layer.Projections[2]], x, dAll.Value.Start, batch.Starts, gradients, dInput, accumulate: true);
    }

    public void Dispose()
    {
        attention.Dispose();
        rotary?.Dispose();
        foreach (var buffer in (AlignedBuffer[])[contextGradient, queryGradient, keyGradient, valueGradient])
        {
            buffer.Dispose();
        }
    }

    private static bool AreProjectionsTrained(LowRankMap map, DecoderLayerWeights layer)
    {
        var isTrained = false;
        for (var i = 0; i < layer.Projections.Count; i++)
        {
            isTrained |= map.IsTrained(layer.Projections[i]);
        }

        return isTrained;
    }

    /// <summary>Room for the projections; what fits already stays.</summary>
    private Projections Reserve(
        DecoderLayerWeights layer, int tokens, int queries, AlignedBuffer query, AlignedBuffer key,
        AlignedBuffer value)
    {
        var (queryWidth, keyWidth) = (config.QueryWidth, config.KeyValueWidth);
        if (layer.IsFused)
        {
            var width = queryWidth + keyWidth + keyWidth;
            var start = query.Reserve((long)tokens * width);
            return new Projections(
                new MatrixRef(start, width), new MatrixRef(start + queryWidth, width),
                new MatrixRef(start + queryWidth + keyWidth, width), isFused: true);
        }

        return new Projections(
            new MatrixRef(query.Reserve((long)queries * queryWidth), queryWidth),
            new MatrixRef(key.Reserve((long)tokens * keyWidth), keyWidth),
            new MatrixRef(value.Reserve((long)tokens * keyWidth), keyWidth), isFused: false);
    }

    private void Turn(in Projections all, in MicroBatch batch, in QueryRows queries, bool isBackward)
    {
        rotary?.Turn(all.Query, queries.Starts, queries, areQueries: true, isBackward);
        rotary?.Turn(all.Key, batch.Starts, queries, areQueries: false, isBackward);
    }
}
