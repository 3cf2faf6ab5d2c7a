using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>What whoever sent an event is told, once the new state is durable.</summary>
public abstract record EnrolmentAnswer
{
    private EnrolmentAnswer()
    {
    }

    /// <summary>It took effect, or had done so before.</summary>
    public sealed record Done : EnrolmentAnswer;

    /// <summary>
    /// The agent gets this certificate, which is not the one of the event where the same request came before.
    /// </summary>
    public sealed record Issued(IssuedCertificate Certificate) : EnrolmentAnswer;

    /// <summary>No.</summary>
    public sealed record Refused(IdentityRefusal Refusal) : EnrolmentAnswer;
}
