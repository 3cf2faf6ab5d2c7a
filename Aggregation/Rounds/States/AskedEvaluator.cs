using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>An evaluator that was asked to measure the round's checkpoint.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="HasDeclined">It cannot, and is not asked again.</param>
public sealed record AskedEvaluator(AgentId Agent, bool HasDeclined);
