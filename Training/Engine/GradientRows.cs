using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>The per-example gradients of one micro-batch: one row over all trainables for each example.</summary>
internal sealed unsafe class GradientRows : IDisposable
{
    private readonly AlignedBuffer buffer = new();
    private int count;
    private int dimension;

    /// <summary>All rows, examples x dimension.</summary>
    public ReadOnlySpan<float> All => new(buffer.Pointer, count * dimension);

    /// <summary>
    /// Makes room; every value is written by the backward pass, each by the layer that it belongs to.
    /// </summary>
    public void Reserve(int examples, int trainables)
    {
        count = examples;
        dimension = trainables;
        buffer.Reserve((long)examples * trainables);
    }

    public Span<float> Row(int example) => new(buffer.Pointer + ((long)example * dimension), dimension);

    /// <summary>
    /// For each example scale * wide^T thin over its own tokens, at <paramref name="offset"/> of its row.
    /// </summary>
    public void Write(
        int offset, MatrixRef wide, MatrixRef thin, ReadOnlySpan<int> starts, float scale, bool transposed)
    {
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var output = buffer.Pointer + ((long)i * dimension) + offset;
            ExampleGradient.Compute(
                new MatrixRef(wide.Row(starts[i]), wide.Stride), new MatrixRef(thin.Row(starts[i]), thin.Stride),
                starts[i + 1] - starts[i], scale, output, transposed);
        }
    }

    public void Dispose() => buffer.Dispose();
}
