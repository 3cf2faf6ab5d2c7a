namespace FedLowRank.Training.Engine;

/// <summary>A frozen linear layer and the low-rank path beside it, or null.</summary>
internal readonly record struct AdaptedLinear(FrozenLinear Frozen, LowRankModule? LowRank);
