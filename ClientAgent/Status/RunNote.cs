using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Status;

/// <summary>What a running agent leaves for <c>status</c> to read.</summary>
/// <param name="Agent">Its name; null before it was first connected.</param>
/// <param name="Role">What it is for; likewise.</param>
/// <param name="Process">Id of the process.</param>
/// <param name="Started">When it was started.</param>
/// <param name="IsConnected">Whether it listens for orders.</param>
/// <param name="Since">When that last changed.</param>
/// <param name="Orders">The last order of each run, by run.</param>
internal sealed record RunNote(
    AgentId? Agent, AgentRole? Role, int Process, DateTimeOffset Started, bool IsConnected, DateTimeOffset Since,
    IReadOnlyList<OrderNote> Orders);

/// <summary>An order that an agent was given.</summary>
internal sealed record OrderNote(RunId Run, string Kind, string? Round, DateTimeOffset At);
