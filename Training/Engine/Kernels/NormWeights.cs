namespace FedLowRank.Training.Engine.Kernels;

/// <summary>The frozen weights of one layer norm: gamma and beta, <see cref="Width"/> values each.</summary>
internal readonly unsafe struct NormWeights(float* gamma, float* beta, int width, float epsilon)
{
    public readonly float* Gamma = gamma;
    public readonly float* Beta = beta;
    public readonly int Width = width;
    public readonly float Epsilon = epsilon;
}
