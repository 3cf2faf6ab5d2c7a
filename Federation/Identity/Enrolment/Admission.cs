using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>Leave to speak as an agent.</summary>
/// <param name="Agent">Who speaks.</param>
/// <param name="Role">What it is for.</param>
/// <param name="IsFirstUse">
/// The certificate is a new one: <see cref="EnrolmentEvent.Used"/> must be durable before the connection is served.
/// </param>
public sealed record Admission(AgentId Agent, AgentRole Role, bool IsFirstUse);
