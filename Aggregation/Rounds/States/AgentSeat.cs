using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>A connected agent.</summary>
public sealed record AgentSeat(AgentId Agent, AgentRole Role);
