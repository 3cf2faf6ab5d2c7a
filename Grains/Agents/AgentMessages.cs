using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Service;

namespace FedLowRank.Grains.Agents;

/// <summary>A connection of an agent.</summary>
/// <param name="Id">Of this connection.</param>
/// <param name="Role">What the agent is for.</param>
/// <param name="Front">The process that holds it.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.listener")]
internal sealed record Listener(
    [property: Id(0)] Guid Id, [property: Id(1)] AgentRole Role, [property: Id(2)] Guid Front);

/// <summary>Where a run stood when it said what an agent is to do; later words have greater stamps.</summary>
/// <param name="Entry">Number of the run's last durable entry.</param>
/// <param name="Word">Counts the words since the run was activated.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.order-stamp")]
internal readonly record struct OrderStamp([property: Id(0)] long Entry, [property: Id(1)] long Word)
{
    /// <summary>Whether this word is later than another.</summary>
    public bool IsAfter(OrderStamp other) => (Entry, Word).CompareTo((other.Entry, other.Word)) > 0;
}

/// <summary>What a listener has been told.</summary>
/// <param name="Activation">Of the grain that told it; another one has told it nothing.</param>
/// <param name="Number">Of the last word.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.order-mark")]
internal readonly record struct OrderMark([property: Id(0)] Guid Activation, [property: Id(1)] long Number);

/// <summary>News for a listener.</summary>
/// <param name="Mark">What it has been told with these.</param>
/// <param name="Orders">Of each run the latest; may be empty.</param>
/// <param name="IsOver">Another listener has come, or the agent's orders were ended.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.order-news")]
internal sealed record OrderNews(
    [property: Id(0)] OrderMark Mark, [property: Id(1)] AgentOrder[] Orders, [property: Id(2)] bool IsOver);

/// <summary>How an agent stands.</summary>
[GenerateSerializer, Immutable, Alias("fedlowrank.agent-presence")]
internal sealed record AgentPresence(
    [property: Id(0)] bool IsConnected, [property: Id(1)] DateTimeOffset? LastSeen,
    [property: Id(2)] AgentFacts? Facts, [property: Id(3)] AgentError? LastError = null);
