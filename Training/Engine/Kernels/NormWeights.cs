namespace FedLowRank.Training.Engine.Kernels;

/// <summary>The frozen weights of one layer norm: gamma and beta, as long as a row.</summary>
internal readonly unsafe struct NormWeights(float* gamma, float* beta, float epsilon)
{
    public readonly float* Gamma = gamma;
    public readonly float* Beta = beta;
    public readonly float Epsilon = epsilon;
}
