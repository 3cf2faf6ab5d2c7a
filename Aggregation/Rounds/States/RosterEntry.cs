using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>An invited agent and how it stands.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Attempt">
/// The attempt it was invited to: an earlier one where its work was carried over to a retry.
/// </param>
/// <param name="Standing">Where it has got to.</param>
public sealed record RosterEntry(AgentId Agent, int Attempt, Standing Standing);
