using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// Multi-head attention, soft-max(Q K^T / sqrt(d_h)) V, of each example over its own tokens (arXiv 1706.03762, eq. 1).
/// One object for each worker: it holds scratch.
/// </summary>
internal sealed unsafe class Attention(GemmKernel kernel, int width, int heads) : IDisposable
{
    private readonly PackedMatrix packed = new(kernel);
    private readonly AlignedBuffer gradient = new();
    private readonly int headSize = width / heads;
    private readonly float scale = (float)(1 / Math.Sqrt(width / heads));

    /// <summary>Values of the attention matrices of a batch.</summary>
    public long ProbabilityCount(ReadOnlySpan<int> queryStarts, ReadOnlySpan<int> starts)
    {
        var count = 0L;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            count += MatrixSize(queryStarts, starts, i) * heads;
        }

        return count;
    }

    /// <summary>Fills the cache's probabilities and context from its query, key and value.</summary>
    public void Forward(LayerCache cache, ReadOnlySpan<int> queryStarts, ReadOnlySpan<int> starts)
    {
        var next = cache.Probabilities.Pointer;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var (queries, tokens) = (queryStarts[i + 1] - queryStarts[i], starts[i + 1] - starts[i]);
            for (var head = 0; head < heads; head++, next += MatrixSize(queryStarts, starts, i))
            {
                var probabilities = new MatrixRef(next, Softmax.Stride(tokens));
                packed.PackTransposed(At(cache.Key, starts[i], head).Start, width, headSize, tokens, scale);
                kernel.Multiply(At(cache.Query, queryStarts[i], head), queries, packed, probabilities);
                Softmax.Forward(next, queries, tokens);
                packed.Pack(At(cache.Value, starts[i], head).Start, width, tokens, headSize);
                kernel.Multiply(probabilities, queries, packed, At(cache.Context, queryStarts[i], head));
            }
        }
    }

    /// <summary>Gradients of query, key and value from that of the context.</summary>
    public void Backward(
        LayerCache cache, ReadOnlySpan<int> queryStarts, ReadOnlySpan<int> starts, BackwardBuffers back)
    {
        var next = cache.Probabilities.Pointer;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var (queries, tokens) = (queryStarts[i + 1] - queryStarts[i], starts[i + 1] - starts[i]);
            var stride = Softmax.Stride(tokens);
            var scores = new MatrixRef(gradient.Reserve((long)queries * stride), stride);
            for (var head = 0; head < heads; head++, next += MatrixSize(queryStarts, starts, i))
            {
                var probabilities = new MatrixRef(next, stride);
                var context = At(back.Context, queryStarts[i], head);
                packed.Pack(context.Start, width, queries, headSize);
                kernel.Multiply(probabilities.Transposed, tokens, packed, At(back.Value, starts[i], head));

                packed.PackTransposed(At(cache.Value, starts[i], head).Start, width, headSize, tokens);
                kernel.Multiply(context, queries, packed, scores);
                Softmax.Backward(next, scores.Start, queries, tokens, scale);

                packed.Pack(At(cache.Key, starts[i], head).Start, width, tokens, headSize);
                kernel.Multiply(scores, queries, packed, At(back.Query, queryStarts[i], head));

                packed.Pack(At(cache.Query, queryStarts[i], head).Start, width, queries, headSize);
                kernel.Multiply(scores.Transposed, tokens, packed, At(back.Key, starts[i], head));
            }
        }
    }

    public void Dispose()
    {
        packed.Dispose();
        gradient.Dispose();
    }

    private static long MatrixSize(ReadOnlySpan<int> queryStarts, ReadOnlySpan<int> starts, int example) =>
        (long)(queryStarts[example + 1] - queryStarts[example]) * Softmax.Stride(starts[example + 1] - starts[example]);

    private MatrixRef At(AlignedBuffer buffer, int row, int head) =>
        new(buffer.Pointer + ((long)row * width) + (head * headSize), width);
}
