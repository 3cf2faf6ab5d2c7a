using System.Text.Json.Serialization;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>Something that happened to an agent's enrolment.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(EnrolmentEvent.Invited), "invited")]
[JsonDerivedType(typeof(EnrolmentEvent.Redeemed), "redeemed")]
[JsonDerivedType(typeof(EnrolmentEvent.Renewed), "renewed")]
[JsonDerivedType(typeof(EnrolmentEvent.Used), "used")]
[JsonDerivedType(typeof(EnrolmentEvent.AgentRevoked), "agent-revoked")]
[JsonDerivedType(typeof(EnrolmentEvent.SerialRevoked), "serial-revoked")]
[JsonDerivedType(typeof(EnrolmentEvent.Ticked), "ticked")]
public abstract record EnrolmentEvent
{
    private EnrolmentEvent()
    {
    }

    /// <summary>The server's clock.</summary>
    public abstract DateTimeOffset Now { get; init; }

    /// <summary>An operator invites the agent again; an earlier invite is void.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Invite">Expires after <paramref name="Now"/>, by at most 30 days.</param>
    public sealed record Invited(DateTimeOffset Now, InviteGrant Invite) : EnrolmentEvent;

    /// <summary>Somebody shows a token and a request that the authority has signed, provisionally.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Token">SHA-256 of the token.</param>
    /// <param name="Certificate">Sent to nobody but as the answer says.</param>
    public sealed record Redeemed(DateTimeOffset Now, TokenHash Token, IssuedCertificate Certificate) : EnrolmentEvent;

    /// <summary>The agent asks for its next certificate, over a connection made with a present one.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="With">The certificate of the connection.</param>
    /// <param name="Certificate">Sent to nobody but as the answer says.</param>
    public sealed record Renewed(DateTimeOffset Now, SerialNumber With, IssuedCertificate Certificate) : EnrolmentEvent;

    /// <summary>The agent made a connection with this certificate.</summary>
    public sealed record Used(DateTimeOffset Now, SerialNumber Serial) : EnrolmentEvent;

    /// <summary>An operator takes the agent off, with all its certificates and invites.</summary>
    public sealed record AgentRevoked(DateTimeOffset Now, string By, string Reason) : EnrolmentEvent;

    /// <summary>
    /// An operator takes one certificate back. If it is the one that the agent uses, the agent is revoked with it.
    /// </summary>
    public sealed record SerialRevoked(DateTimeOffset Now, string By, SerialNumber Serial, string Reason)
        : EnrolmentEvent;

    /// <summary>Time passed. Harmless when early, late or twice.</summary>
    public sealed record Ticked(DateTimeOffset Now) : EnrolmentEvent;
}
