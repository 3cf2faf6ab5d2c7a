using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// The attention of a last layer in which only the first token of each example asks. No key and no value is made: with
/// one query q for each head, q . (W_k x) = (W_k^T q) . x, and sum p (W_v x) = W_v (sum p x), so the two layers work on
/// one row for each head of an example instead of one for each token. The key's bias adds the same to all scores of a
/// query, which soft-max does not see. One object for each worker: it holds what one micro-batch computes.
/// </summary>
internal sealed unsafe class FirstTokenAttention(GemmKernel kernel, LinearPass linears, int width, int heads)
    : IDisposable
{
    private readonly AlignedBuffer asking = new();
    private readonly AlignedBuffer query = new();
    private readonly AlignedBuffer spreadQuery = new();
    private readonly AlignedBuffer reach = new();
    private readonly AlignedBuffer probabilities = new();
    private readonly AlignedBuffer pooled = new();
    private readonly AlignedBuffer values = new();
    private readonly AlignedBuffer gradient = new();
    private readonly AlignedBuffer scores = new();
    private readonly PackedMatrix packed = new(kernel);
    private readonly int headSize = width / heads;
    private readonly float scale = (float)(1 / Math.Sqrt(width / heads));
    private int[] headStarts = [];

    /// <summary>Examples x d: the first rows of the input.</summary>
    public float* Asking => asking.Pointer;

    /// <summary>Fills the cache's context, one row for each example, from its input.</summary>
    public void Forward(LowRankMap map, EncoderLayerWeights layer, LayerCache cache, ReadOnlySpan<int> starts)
    {
        var x = new MatrixRef(cache.Input.Pointer, width);
        var (examples, rows) = (starts.Length - 1, (starts.Length - 1) * heads);
        var first = asking.Reserve((long)examples * width);
        for (var i = 0; i < examples; i++)
        {
            new ReadOnlySpan<float>(x.Row(starts[i]), width).CopyTo(new Span<float>(first + ((long)i * width), width));
        }

        linears.Forward(map[layer.Query], first, examples, query.Reserve((long)examples * width));
        linears.Observer?.OnInput(layer.Key, x, starts[^1]);
        linears.Observer?.OnInput(layer.Value, x, starts[^1]);
        Spread(query.Pointer, examples, scale, spreadQuery);
        kernel.Multiply(Whole(spreadQuery), rows, linears.BackwardOf(map[layer.Key]), Reserved(reach, rows));
        Reserved(pooled, rows);
        var p = probabilities.Reserve(ProbabilityCount(starts));
        for (var i = 0; i < examples; i++)
        {
            var tokens = starts[i + 1] - starts[i];
            var here = x.Row(starts[i]);
            var stride = Softmax.Stride(tokens);
            packed.PackTransposed(here, width, width, tokens);
            kernel.Multiply(At(reach, i), heads, packed, new MatrixRef(p, stride));
            Softmax.Forward(p, heads, tokens);
            packed.Pack(here, width, tokens, width);
            kernel.Multiply(new MatrixRef(p, stride), heads, packed, At(pooled, i));
            p += (long)heads * stride;
        }

        kernel.Multiply(Whole(pooled), rows, linears.ForwardOf(map[layer.Value]), Reserved(values, rows),
            layer.Value.Bias);
        Gather(values, examples, 1, cache.Context.Pointer);
    }

    /// <summary>From the gradient of the context to that of the input.</summary>
    /// <param name="map">The round's adapter.</param>
    /// <param name="layer">The weights.</param>
    /// <param name="cache">Holds the input.</param>
    /// <param name="starts">First token of each example, and the number of tokens.</param>
    /// <param name="queryStarts">0, 1, 2 to the number of examples.</param>
    /// <param name="back">Holds the context's gradient, examples x d.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dAsking">Examples x d: what reaches the first rows beside attention; added to.</param>
    /// <param name="dInput">t x d, without what <paramref name="dAsking"/> holds; or null.</param>
    public void Backward(
        LowRankMap map, EncoderLayerWeights layer, LayerCache cache, ReadOnlySpan<int> starts,
        ReadOnlySpan<int> queryStarts, BackwardBuffers back, GradientRows gradients, float* dAsking, float* dInput)
    {
        var (examples, rows) = (starts.Length - 1, (starts.Length - 1) * heads);
        var eachHead = HeadStarts(examples);
        var dValues = Spread(back.Context.Pointer, examples, 1, values);
        var dPooled = Reserved(gradient, rows).Start;
        linears.Backward(map[layer.Value], pooled.Pointer, dValues, eachHead, gradients, dPooled);
        BackwardExamples(cache.Input.Pointer, starts, dInput);

        // The key's layer is used the other way round: q W_k. So q stands where the gradient of its output would, and
        // the gradient of q W_k where its input would.
        linears.Gradients(map[layer.Key], gradient.Pointer, spreadQuery.Pointer, eachHead, gradients);
        kernel.Multiply(Whole(gradient), rows, linears.ForwardOf(map[layer.Key]), Reserved(values, rows));
        var dQuery = back.Query.Reserve((long)examples * width);
        Gather(values, examples, scale, dQuery);
        linears.Backward(
            map[layer.Query], asking.Pointer, dQuery, queryStarts, gradients, dAsking, accumulate: true);
    }

    public void Dispose()
    {
        foreach (var buffer in (IDisposable[])
            [asking, query, spreadQuery, reach, probabilities, pooled, values, gradient, scores, packed])
        {
            buffer.Dispose();
        }
    }

    /// <summary>
    /// From the gradient of the pooled input, in <c>gradient</c>, to that of q W_k, in the same place.
    /// </summary>
    private void BackwardExamples(float* input, ReadOnlySpan<int> starts, float* dInput)
    {
        var p = probabilities.Pointer;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var tokens = starts[i + 1] - starts[i];
            var here = input + ((long)starts[i] * width);
            var stride = Softmax.Stride(tokens);
            var (weights, dScores) = (new MatrixRef(p, stride), new MatrixRef(scores.Reserve(heads * stride), stride));
            var dPooled = At(gradient, i);
            packed.PackTransposed(here, width, width, tokens);
            kernel.Multiply(dPooled, heads, packed, dScores);
            Softmax.Backward(p, dScores.Start, heads, tokens, 1);
            if (dInput != null)
            {
                var target = new MatrixRef(dInput + ((long)starts[i] * width), width);
                kernel.Multiply(weights.Transposed, tokens, packed.Pack(dPooled.Start, width, heads, width), target);
                packed.Pack(At(reach, i).Start, width, heads, width);
                kernel.Multiply(dScores.Transposed, tokens, packed, target, accumulate: true);
            }

            kernel.Multiply(dScores, heads, packed.Pack(here, width, tokens, width), dPooled);
            p += (long)heads * stride;
        }
    }

    /// <summary>Each head's part of a row to a row of its own, scaled, with 0 in the other heads' places.</summary>
    private float* Spread(float* source, int examples, float factor, AlignedBuffer target)
    {
        var to = Reserved(target, examples * heads).Start;
        new Span<float>(to, checked(examples * heads * width)).Clear();
        for (var row = 0; row < examples * heads; row++)
        {
            var (i, at) = (row / heads, row % heads * headSize);
            RowMath.Scale(source + ((long)i * width) + at, factor, to + ((long)row * width) + at, headSize);
        }

        return to;
    }

    /// <summary>The way back: from each head's row its own part.</summary>
    private void Gather(AlignedBuffer source, int examples, float factor, float* target)
    {
        for (var row = 0; row < examples * heads; row++)
        {
            var (i, at) = (row / heads, row % heads * headSize);
            RowMath.Scale(
                source.Pointer + ((long)row * width) + at, factor, target + ((long)i * width) + at, headSize);
        }
    }

    /// <summary>First row of each example where it has one for each head.</summary>
    private ReadOnlySpan<int> HeadStarts(int examples)
    {
        if (headStarts.Length <= examples)
        {
            headStarts = [.. Enumerable.Range(0, 2 * (examples + 1)).Select(i => i * heads)];
        }

        return headStarts.AsSpan(0, examples + 1);
    }

    private long ProbabilityCount(ReadOnlySpan<int> starts)
    {
        var count = 0L;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            count += (long)heads * Softmax.Stride(starts[i + 1] - starts[i]);
        }

        return count;
    }

    /// <summary>The rows of one example's heads.</summary>
    private MatrixRef At(AlignedBuffer buffer, int example) =>
        new(buffer.Pointer + ((long)example * heads * width), width);

    private MatrixRef Whole(AlignedBuffer buffer) => new(buffer.Pointer, width);

    private MatrixRef Reserved(AlignedBuffer buffer, int rows) => new(buffer.Reserve((long)rows * width), width);
}
