namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Rows of floats in unmanaged memory: where they begin, and the distance of two rows in floats.</summary>
internal readonly unsafe struct MatrixRef(float* start, int stride)
{
    public readonly float* Start = start;
    public readonly int Stride = stride;

    public float* Row(int row) => Start + ((long)row * Stride);
}
