using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>A run to be made from one of this run's checkpoints.</summary>
/// <param name="Id">Of the new run.</param>
/// <param name="Plan">Of the new run.</param>
/// <param name="Origin">The checkpoint.</param>
/// <param name="Seed">Of the new run.</param>
public sealed record ForkOrder(RunId Id, RunPlan Plan, RunOrigin Origin, ulong Seed);
