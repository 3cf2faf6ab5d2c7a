using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>What an event led to.</summary>
/// <param name="State">The new state; the very same object where nothing changed.</param>
/// <param name="CutOff">
/// Certificates that are no longer admitted: once the state is durable, their connections are to be closed.
/// </param>
/// <param name="Answer">To be given once the state is durable.</param>
public sealed record EnrolmentTransition(
    EnrolmentState State, ValueList<SerialNumber> CutOff, EnrolmentAnswer Answer);
