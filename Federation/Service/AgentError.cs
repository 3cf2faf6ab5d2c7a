using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Service;

/// <summary>What went wrong at an agent, as it says itself.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="At">When, by the agent's clock.</param>
/// <param name="Run">In which run; null where in none.</param>
/// <param name="Round">In which attempt, as number.attempt; null where in none.</param>
public sealed record AgentError(AgentErrorKind Kind, DateTimeOffset At, RunId? Run, string? Round)
{
    /// <summary>What an agent says where it declines a round for a reason; null where nothing is wrong.</summary>
    public static AgentErrorKind? KindOf(DeclineReason reason) => reason switch
    {
        DeclineReason.Policy => AgentErrorKind.Policy,
        DeclineReason.Budget => AgentErrorKind.Budget,
        DeclineReason.Data => AgentErrorKind.Data,
        DeclineReason.Busy => null,
        DeclineReason.Model => AgentErrorKind.Model,
        DeclineReason.Resources => AgentErrorKind.Resources,
        DeclineReason.Ledger => AgentErrorKind.Ledger,
        DeclineReason.Other => AgentErrorKind.Other,
        _ => throw new UnreachableException($"unknown reason {reason}"),
    };

    /// <summary>What happened, for people: the server's own words, as the agent sends none.</summary>
    public string Message => Kind switch
    {
        AgentErrorKind.Policy => "its owner's policy does not allow the run or its terms, or cannot be read",
        AgentErrorKind.Budget => "the round would exceed its owner's privacy budget",
        AgentErrorKind.Data => "its data do not fit the run's labels or columns, or cannot be read",
        AgentErrorKind.Model => "it lacks the base model, or holds another one",
        AgentErrorKind.Resources => "it lacks disk, memory or a device",
        AgentErrorKind.Ledger => "its privacy ledger is damaged or missing, so it trains nothing",
        AgentErrorKind.Training => "its training failed after the round was charged",
        AgentErrorKind.Refused => "the server refused what it sent",
        AgentErrorKind.Certificate => "it could not get its next certificate",
        AgentErrorKind.Other => "none of what has a code of its own; the agent's own log says what",
        _ => throw new UnreachableException($"unknown kind {Kind}"),
    };
}
