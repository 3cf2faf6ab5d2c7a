namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// A matrix in unmanaged memory: where it begins, the distance of two rows, and that of two values of a row, in floats.
/// The latter is 1 but in a transposed view, which only the left operand of a product may be.
/// </summary>
internal readonly unsafe struct MatrixRef(float* start, int stride, int step = 1)
{
    public readonly float* Start = start;
    public readonly int Stride = stride;
    public readonly int Step = step;

    /// <summary>The transpose: the same values, nothing is moved.</summary>
    public MatrixRef Transposed => new(Start, Step, Stride);

    public float* Row(int row) => Start + ((long)row * Stride);
}
