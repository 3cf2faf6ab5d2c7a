using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>An agent that was refused something in a round; each kind of refusal is kept once.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Code">The refusal's code.</param>
public sealed record RefusedAgent(AgentId Agent, string Code);
