using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>A layer after a refresh, and the way from the old A to the new one.</summary>
/// <param name="Factors">B' and A' with B' A' = B A and orthonormal rows of A'.</param>
/// <param name="Rotation">
/// V, r x r, with A' = V^T A: all that an agent which holds A (float64) needs besides B'. Null where A was not
/// orthonormal and had to be replaced: then agents need A' itself.
/// </param>
public sealed record RefreshedFactors(LoraFactors Factors, Matrix? Rotation);
