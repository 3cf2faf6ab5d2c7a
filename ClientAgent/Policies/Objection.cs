using FedLowRank.Aggregation.Rounds.Messages;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>Why the agent does not take part.</summary>
/// <param name="Reason">All that the server is told.</param>
/// <param name="Why">For the owner's eyes: may tell of the data and never leaves the machine.</param>
internal sealed record Objection(DeclineReason Reason, string Why);
