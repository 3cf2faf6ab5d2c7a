using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// Multi-head attention, soft-max(Q K^T / sqrt(d_h)) V, of each example over its own tokens (arXiv 1706.03762, eq. 1),
/// with the layers that make Q, K and V. One object for each worker: it holds scratch.
/// </summary>
internal sealed unsafe class Attention(GemmKernel kernel, LinearPass linears, int width, int heads) : IDisposable
{
    private readonly PackedMatrix packed = new(kernel);
    private readonly AlignedBuffer gradient = new();
    private readonly int headSize = width / heads;
    private readonly float scale = (float)(1 / Math.Sqrt(width / heads));

    /// <summary>Fills the cache's context from its input.</summary>
    public void Forward(LowRankMap map, EncoderLayerWeights layer, LayerCache cache, ReadOnlySpan<int> starts)
    {
        var x = cache.Input.Pointer;
        var rows = starts[^1];
        var count = (long)rows * width;
        linears.Forward(map[layer.Query], x, rows, cache.Query.Reserve(count));
        linears.Forward(map[layer.Key], x, rows, cache.Key.Reserve(count));
        linears.Forward(map[layer.Value], x, rows, cache.Value.Reserve(count));
        var next = cache.Probabilities.Reserve(ProbabilityCount(starts));
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var tokens = starts[i + 1] - starts[i];
            for (var head = 0; head < heads; head++, next += (long)tokens * Softmax.Stride(tokens))
            {
                var probabilities = new MatrixRef(next, Softmax.Stride(tokens));
                packed.PackTransposed(At(cache.Key, starts[i], head).Start, width, headSize, tokens, scale);
                kernel.Multiply(At(cache.Query, starts[i], head), tokens, packed, probabilities);
                Softmax.Forward(next, tokens, tokens);
                packed.Pack(At(cache.Value, starts[i], head).Start, width, tokens, headSize);
                kernel.Multiply(probabilities, tokens, packed, At(cache.Context, starts[i], head));
            }
        }
    }

    /// <summary>From the gradient of the context, in <c>back.Context</c>, to that of the input.</summary>
    /// <param name="map">The round's adapter.</param>
    /// <param name="layer">The weights.</param>
    /// <param name="cache">What the forward pass kept.</param>
    /// <param name="starts">First token of each example, and the number of tokens.</param>
    /// <param name="back">Holds the context's gradient.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dInput">t x d, added to; or null.</param>
    public void Backward(
        LowRankMap map, EncoderLayerWeights layer, LayerCache cache, ReadOnlySpan<int> starts, BackwardBuffers back,
        GradientRows gradients, float* dInput)
    {
        var x = cache.Input.Pointer;
        var rows = starts[^1];
        var count = (long)rows * width;
        float* dQuery = back.Query.Reserve(count), dKey = back.Key.Reserve(count), dValue = back.Value.Reserve(count);
        // Nothing below reads the key's gradient in the lowest trained layer, as a rule.
        var needsKey = dInput != null || map.IsTrained(layer.Key);
        BackwardHeads(cache, starts, back, needsKey);
        linears.Backward(map[layer.Query], x, dQuery, starts, gradients, dInput, accumulate: true);
        linears.Backward(map[layer.Key], x, dKey, starts, gradients, dInput, accumulate: true);
        linears.Backward(map[layer.Value], x, dValue, starts, gradients, dInput, accumulate: true);
    }

    public void Dispose()
    {
        packed.Dispose();
        gradient.Dispose();
    }

    private void BackwardHeads(LayerCache cache, ReadOnlySpan<int> starts, BackwardBuffers back, bool needsKey)
    {
        var next = cache.Probabilities.Pointer;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var (start, tokens) = (starts[i], starts[i + 1] - starts[i]);
            var stride = Softmax.Stride(tokens);
            var scores = new MatrixRef(gradient.Reserve((long)tokens * stride), stride);
            for (var head = 0; head < heads; head++, next += (long)tokens * stride)
            {
                var probabilities = new MatrixRef(next, stride);
                var context = At(back.Context, start, head);
                packed.Pack(context.Start, width, tokens, headSize);
                kernel.Multiply(probabilities.Transposed, tokens, packed, At(back.Value, start, head));

                packed.PackTransposed(At(cache.Value, start, head).Start, width, headSize, tokens);
                kernel.Multiply(context, tokens, packed, scores);
                Softmax.Backward(next, scores.Start, tokens, tokens, scale);

                packed.Pack(At(cache.Key, start, head).Start, width, tokens, headSize);
                kernel.Multiply(scores, tokens, packed, At(back.Query, start, head));

                if (needsKey)
                {
                    packed.Pack(At(cache.Query, start, head).Start, width, tokens, headSize);
                    kernel.Multiply(scores.Transposed, tokens, packed, At(back.Key, start, head));
                }
            }
        }
    }

    private long ProbabilityCount(ReadOnlySpan<int> starts)
    {
        var count = 0L;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var tokens = starts[i + 1] - starts[i];
            count += (long)tokens * Softmax.Stride(tokens) * heads;
        }

        return count;
    }

    private MatrixRef At(AlignedBuffer buffer, int row, int head) =>
        new(buffer.Pointer + ((long)row * width) + (head * headSize), width);
}
