namespace FedLowRank.Training.Engine;

/// <summary>
/// A frozen linear layer, the low-rank path beside it and a frozen low-rank change of its weights; either may be null.
/// </summary>
internal readonly record struct AdaptedLinear(FrozenLinear Frozen, LowRankModule? LowRank, LowRankModule? Change);
