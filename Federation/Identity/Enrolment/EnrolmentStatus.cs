using System.Text.Json.Serialization;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>How an agent stands with the server.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(EnrolmentStatus.Invited), "invited")]
[JsonDerivedType(typeof(EnrolmentStatus.Enrolled), "enrolled")]
[JsonDerivedType(typeof(EnrolmentStatus.Revoked), "revoked")]
[JsonDerivedType(typeof(EnrolmentStatus.Expired), "expired")]
public abstract record EnrolmentStatus
{
    private EnrolmentStatus()
    {
    }

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    /// <summary>Holds no certificate, and may redeem its invite.</summary>
    public sealed record Invited(InviteGrant Invite) : EnrolmentStatus
    {
        /// <inheritdoc/>
        public override string Name => "invited";
    }

    /// <summary>Holds a certificate.</summary>
    /// <param name="Current">The one that it used last.</param>
    /// <param name="Next">
    /// One that was issued in renewal and not used yet. Both are admitted until the agent uses this one: the agent may
    /// have died before it stored it.
    /// </param>
    /// <param name="Redeemed">The token that <see cref="Current"/> was issued for, null after a renewal.</param>
    /// <param name="Invite">An open invite with which the agent, having lost its key, may enrol anew.</param>
    public sealed record Enrolled(
        IssuedCertificate Current, IssuedCertificate? Next, TokenHash? Redeemed, InviteGrant? Invite) : EnrolmentStatus
    {
        /// <inheritdoc/>
        public override string Name => "enrolled";
    }

    /// <summary>Taken off by an operator. A new invite brings it back.</summary>
    public sealed record Revoked(DateTimeOffset At, string By, string Reason) : EnrolmentStatus
    {
        /// <inheritdoc/>
        public override string Name => "revoked";
    }

    /// <summary>Let its invite or its certificate run out. A new invite brings it back.</summary>
    /// <param name="At">When it ran out.</param>
    /// <param name="Invite">The invite, or null where it was the certificate.</param>
    public sealed record Expired(DateTimeOffset At, InviteGrant? Invite) : EnrolmentStatus
    {
        /// <inheritdoc/>
        public override string Name => "expired";
    }
}
