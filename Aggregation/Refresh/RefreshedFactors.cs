using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>A layer after a refresh, and the way from the old A to the new one.</summary>
public sealed class RefreshedFactors(LoraFactors factors, Matrix? rotation)
{
    /// <summary>B' and A' with B' A' = B A and orthonormal rows of A'.</summary>
    public LoraFactors Factors { get; } = factors;

    /// <summary>
    /// V, r x r, with A' = V^T A: all that an agent which holds A (float64) needs besides B'. Null where A was not
    /// orthonormal and had to be replaced: then agents need A' itself.
    /// </summary>
    public Matrix? Rotation { get; } = rotation;
}
