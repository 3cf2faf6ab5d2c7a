using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// Causal grouped-query attention (arXiv 1706.03762, eq. 1; 2305.13245) of each example over its own tokens: the query
/// at position p reads keys and values 0 to p. Works on blocks of queries, and computes the probabilities again for
/// the backward pass: memory grows with the tokens, not with their square. One object for each worker.
/// </summary>
internal sealed unsafe class CausalAttention : IDisposable
{
    private const int BlockRows = 96;

    private readonly GemmKernel kernel;
    private readonly int keyValueHeads;
    private readonly int groupSize;
    private readonly int headSize;
    private readonly float scale;
    private readonly PackedMatrix keyTransposed;
    private readonly PackedMatrix keys;
    private readonly PackedMatrix values;
    private readonly PackedMatrix block;
    private readonly AlignedBuffer probabilities = new();
    private readonly AlignedBuffer gradient = new();

    public CausalAttention(GemmKernel kernel, DecoderConfig config)
    {
        this.kernel = kernel;
        keyValueHeads = config.KeyValueHeadCount;
        groupSize = config.HeadCount / config.KeyValueHeadCount;
        headSize = config.HeadSize;
        scale = (float)(1 / Math.Sqrt(headSize));
        (keyTransposed, keys) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        (values, block) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
    }

    /// <summary>context = soft-max(Q K^T / sqrt(d_h)) V.</summary>
    /// <param name="x">Queries, keys and values.</param>
    /// <param name="context">q x query width.</param>
    /// <param name="starts">First token of each example, and the number of tokens.</param>
    /// <param name="queries">Which tokens ask.</param>
    public void Forward(in Projections x, MatrixRef context, ReadOnlySpan<int> starts, in QueryRows queries)
    {
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var tokens = starts[i + 1] - starts[i];
            for (var group = 0; group < keyValueHeads; group++)
            {
                var value = At(x.Value, starts[i], group);
                PackKeys(x, starts[i], tokens, group);
                values.Pack(value.Start, value.Stride, tokens, headSize);
                foreach (var part in new Blocks(queries, i))
                {
                    for (var head = group * groupSize; head < (group + 1) * groupSize; head++)
                    {
                        var p = Probabilities(At(x.Query, x.QueryRow(queries, i) + part.Row, head), part);
                        var target = At(context, queries.Starts[i] + part.Row, head);
                        kernel.MultiplyLeading(p, part.Count, values, part.KeyCount, headSize, target);
                    }
                }
            }
        }
    }

    /// <summary>Gradients of queries, keys and values from that of the context.</summary>
    /// <param name="x">Queries, keys and values.</param>
    /// <param name="dContext">q x query width.</param>
    /// <param name="starts">First token of each example, and the number of tokens.</param>
    /// <param name="queries">Which tokens ask.</param>
    /// <param name="dx">Receives the gradients; all 0 before.</param>
    public void Backward(
        in Projections x, MatrixRef dContext, ReadOnlySpan<int> starts, in QueryRows queries, in Projections dx)
    {
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var tokens = starts[i + 1] - starts[i];
            for (var group = 0; group < keyValueHeads; group++)
            {
                var (key, value) = (At(x.Key, starts[i], group), At(x.Value, starts[i], group));
                PackKeys(x, starts[i], tokens, group);
                keys.Pack(key.Start, key.Stride, tokens, headSize);
                values.PackTransposed(value.Start, value.Stride, headSize, tokens);
                var (dKey, dValue) = (At(dx.Key, starts[i], group), At(dx.Value, starts[i], group));
                foreach (var part in new Blocks(queries, i))
                {
                    for (var head = group * groupSize; head < (group + 1) * groupSize; head++)
                    {
                        var row = x.QueryRow(queries, i) + part.Row;
                        BackwardBlock(
                            part, At(x.Query, row, head), At(dContext, queries.Starts[i] + part.Row, head),
                            At(dx.Query, row, head), dKey, dValue);
                    }
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (var buffer in (IDisposable[])
            [keyTransposed, keys, values, block, probabilities, gradient])
        {
            buffer.Dispose();
        }
    }

    private void BackwardBlock(
        Block part, MatrixRef query, MatrixRef dContext, MatrixRef dQuery, MatrixRef dKey, MatrixRef dValue)
    {
        var p = Probabilities(query, part);
        block.Pack(dContext.Start, dContext.Stride, part.Count, headSize);
        kernel.Multiply(p.Transposed, part.KeyCount, block, dValue, accumulate: true);

        var scores = new MatrixRef(gradient.Reserve((long)part.Count * p.Stride), p.Stride);
        kernel.MultiplyLeading(dContext, part.Count, values, headSize, part.KeyCount, scores);
        for (var row = 0; row < part.Count; row++)
        {
            var count = part.KeyCountOf(row);
            Softmax.Backward(p.Row(row), scores.Row(row), 1, count, scale);
            ClearFrom(scores, row, count);
        }

        kernel.MultiplyLeading(scores, part.Count, keys, part.KeyCount, headSize, dQuery);
        block.Pack(query.Start, query.Stride, part.Count, headSize);
        kernel.Multiply(scores.Transposed, part.KeyCount, block, dKey, accumulate: true);
    }

    /// <summary>Queries x keys of the block, in scratch; 0 where a key comes after its query.</summary>
    private MatrixRef Probabilities(MatrixRef query, Block part)
    {
        var stride = Softmax.Stride(part.KeyCount);
        var p = new MatrixRef(probabilities.Reserve((long)part.Count * stride), stride);
        kernel.MultiplyLeading(query, part.Count, keyTransposed, headSize, part.KeyCount, p);
        for (var row = 0; row < part.Count; row++)
        {
            var count = part.KeyCountOf(row);
            Softmax.Forward(p.Row(row), 1, count);
            ClearFrom(p, row, count);
        }

        return p;
    }

    private void PackKeys(in Projections x, int start, int tokens, int group)
    {
        var key = At(x.Key, start, group);
        keyTransposed.PackTransposed(key.Start, key.Stride, headSize, tokens, scale);
    }

    private MatrixRef At(MatrixRef matrix, int row, int head) =>
        new(matrix.Row(row) + (head * headSize), matrix.Stride);

    private static void ClearFrom(MatrixRef matrix, int row, int count)
    {
        var cleared = Softmax.Stride(count);
        new Span<float>(matrix.Row(row) + cleared, matrix.Stride - cleared).Clear();
    }

    /// <summary>Some neighbouring queries of one example.</summary>
    /// <param name="Row">The first one, counted from the example's first query.</param>
    /// <param name="Count">Number of queries.</param>
    /// <param name="KeyCount">Keys that the last of them reads.</param>
    private readonly record struct Block(int Row, int Count, int KeyCount)
    {
        /// <summary>Keys that one of the queries reads.</summary>
        public int KeyCountOf(int row) => KeyCount - Count + row + 1;
    }

    private ref struct Blocks(in QueryRows queries, int example)
    {
        private readonly int first = queries.FirstPosition(example);
        private readonly int count = queries.Starts[example + 1] - queries.Starts[example];
        private int next;

        public Block Current { get; private set; }

        public readonly Blocks GetEnumerator() => this;

        public bool MoveNext()
        {
            if (next >= count)
            {
                return false;
            }

            var size = Math.Min(BlockRows, count - next);
            Current = new Block(next, size, first + next + size);
            next += size;
            return true;
        }
    }
}
