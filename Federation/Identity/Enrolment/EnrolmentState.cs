using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>All that the server knows of who an agent is. Holds nothing secret.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Role">What it is for, by its latest invite, or the one that it redeemed.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Retired">Certificates that were taken back or replaced, oldest first.</param>
public sealed record EnrolmentState(
    AgentId Agent, AgentRole Role, EnrolmentStatus Status, ValueList<RetiredCertificate> Retired)
{
    /// <summary>How many retired certificates are remembered.</summary>
    public const int RetiredMax = 16;
}
