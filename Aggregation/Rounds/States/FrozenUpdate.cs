using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>One term of a round's sum.</summary>
/// <param name="Update">The blob.</param>
/// <param name="Agent">Whose it is.</param>
/// <param name="Weight">How much it counts: what was declared, at most the plan's largest.</param>
public sealed record FrozenUpdate(BlobHash Update, AgentId Agent, int Weight);
