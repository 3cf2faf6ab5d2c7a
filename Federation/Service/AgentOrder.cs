using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Service;

/// <summary>What an agent is to do in one run; replaces what it was told of that run before.</summary>
/// <param name="Run">The run.</param>
/// <param name="Assignment">What to do.</param>
public sealed record AgentOrder(RunId Run, Assignment Assignment);
