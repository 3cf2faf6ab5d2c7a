using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// The output matrix, vocabulary x d, packed for both directions in slices of the vocabulary, so that a slice and the
/// logits of some rows stay in the processor's cache. A tied embedding is read from it, too.
/// </summary>
internal sealed unsafe class VocabularyMatrix : IDisposable
{
    private const int SliceRows = 1024;

    private readonly GemmKernel kernel;
    private readonly int width;
    private readonly (PackedMatrix Forward, PackedMatrix Backward)[] slices;

    /// <param name="kernel">Whose panels the weights are packed in.</param>
    /// <param name="weight">Vocabulary x d; not used after the constructor.</param>
    /// <param name="vocabularySize">Rows.</param>
    /// <param name="width">d.</param>
    public VocabularyMatrix(GemmKernel kernel, float* weight, int vocabularySize, int width)
    {
        this.kernel = kernel;
        this.width = width;
        VocabularySize = vocabularySize;
        slices = new (PackedMatrix, PackedMatrix)[(vocabularySize + SliceRows - 1) / SliceRows];
        for (var s = 0; s < slices.Length; s++)
        {
            var rows = Math.Min(SliceRows, vocabularySize - (s * SliceRows));
            var from = weight + ((long)s * SliceRows * width);
            slices[s] = (
                new PackedMatrix(kernel).PackTransposed(from, width, width, rows),
                new PackedMatrix(kernel).Pack(from, width, rows, width));
        }
    }

    public int VocabularySize { get; }

    /// <summary>Copies one token's row, d values.</summary>
    public void CopyRow(int token, float* target) =>
        slices[token / SliceRows].Backward.CopyRow(token % SliceRows, target);

    /// <summary>logits = h W^T.</summary>
    /// <param name="hidden">Rows x d.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="logits">Rows x vocabulary.</param>
    public void Forward(float* hidden, int rows, MatrixRef logits)
    {
        for (var s = 0; s < slices.Length; s++)
        {
            var part = new MatrixRef(logits.Start + (s * SliceRows), logits.Stride);
            kernel.Multiply(new MatrixRef(hidden, width), rows, slices[s].Forward, part);
        }
    }

    /// <summary>dh = dlogits W.</summary>
    /// <param name="dLogits">Rows x vocabulary.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="dHidden">Rows x d.</param>
    public void Backward(MatrixRef dLogits, int rows, float* dHidden)
    {
        for (var s = 0; s < slices.Length; s++)
        {
            var part = new MatrixRef(dLogits.Start + (s * SliceRows), dLogits.Stride);
            kernel.Multiply(part, rows, slices[s].Backward, new MatrixRef(dHidden, width), accumulate: s > 0);
        }
    }

    public void Dispose()
    {
        foreach (var (forward, backward) in slices)
        {
            forward.Dispose();
            backward.Dispose();
        }
    }
}
