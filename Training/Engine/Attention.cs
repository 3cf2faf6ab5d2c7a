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
    private readonly AlignedBuffer transposed = new();
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
        var probabilities = cache.Probabilities.Pointer;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var (queries, tokens) = (queryStarts[i + 1] - queryStarts[i], starts[i + 1] - starts[i]);
            var stride = Softmax.Stride(tokens);
            for (var head = 0; head < heads; head++, probabilities += MatrixSize(queryStarts, starts, i))
            {
                var query = At(cache.Query, queryStarts[i], head);
                packed.PackTransposed(At(cache.Key, starts[i], head), width, headSize, tokens, scale);
                kernel.Multiply(query, width, queries, packed, probabilities, stride);
                Softmax.Forward(probabilities, queries, tokens);
                packed.Pack(At(cache.Value, starts[i], head), width, tokens, headSize);
                kernel.Multiply(probabilities, stride, queries, packed, At(cache.Context, queryStarts[i], head), width);
            }
        }
    }

    /// <summary>Gradients of query, key and value from that of the context.</summary>
    public void Backward(
        LayerCache cache, ReadOnlySpan<int> queryStarts, ReadOnlySpan<int> starts, AlignedBuffer contextGradient,
        AlignedBuffer queryGradient, AlignedBuffer keyGradient, AlignedBuffer valueGradient)
    {
        var probabilities = cache.Probabilities.Pointer;
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var (queries, tokens) = (queryStarts[i + 1] - queryStarts[i], starts[i + 1] - starts[i]);
            var stride = Softmax.Stride(tokens);
            var scores = gradient.Reserve((long)queries * stride);
            for (var head = 0; head < heads; head++, probabilities += MatrixSize(queryStarts, starts, i))
            {
                var context = At(contextGradient, queryStarts[i], head);
                packed.Pack(context, width, queries, headSize);
                Transpose(probabilities, queries, tokens, stride);
                kernel.Multiply(transposed.Pointer, queries, tokens, packed, At(valueGradient, starts[i], head), width);

                packed.PackTransposed(At(cache.Value, starts[i], head), width, headSize, tokens);
                kernel.Multiply(context, width, queries, packed, scores, stride);
                Softmax.Backward(probabilities, scores, queries, tokens, scale);

                packed.Pack(At(cache.Key, starts[i], head), width, tokens, headSize);
                kernel.Multiply(scores, stride, queries, packed, At(queryGradient, queryStarts[i], head), width);

                packed.Pack(At(cache.Query, queryStarts[i], head), width, queries, headSize);
                Transpose(scores, queries, tokens, stride);
                kernel.Multiply(transposed.Pointer, queries, tokens, packed, At(keyGradient, starts[i], head), width);
            }
        }
    }

    public void Dispose()
    {
        packed.Dispose();
        gradient.Dispose();
        transposed.Dispose();
    }

    private static long MatrixSize(ReadOnlySpan<int> queryStarts, ReadOnlySpan<int> starts, int example) =>
        (long)(queryStarts[example + 1] - queryStarts[example]) * Softmax.Stride(starts[example + 1] - starts[example]);

    private float* At(AlignedBuffer buffer, int row, int head) =>
        buffer.Pointer + ((long)row * width) + (head * headSize);

    /// <summary>Writes the queries x tokens matrix as tokens x queries.</summary>
    private void Transpose(float* matrix, int queries, int tokens, int stride)
    {
        var target = transposed.Reserve((long)queries * tokens);
        for (var q = 0; q < queries; q++)
        {
            for (var t = 0; t < tokens; t++)
            {
                target[((long)t * queries) + q] = matrix[((long)q * stride) + t];
            }
        }
    }
}
