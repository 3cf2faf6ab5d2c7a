using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Grains.People;

/// <summary>One agent's enrolment, by the agent's name.</summary>
/// <remarks>
/// All of it may be asked again after an answer was lost: an invite of the same token is the same invite, the same key
/// gets the same certificate, and of an agent that is revoked already the fronts are told once more.
/// </remarks>
[Alias("fedlowrank.enrolment")]
internal interface IEnrolmentGrain : IGrainWithStringKey
{
    /// <summary>Invites the agent; answers when the invite expires.</summary>
    [Alias("invite")]
    Task<Outcome<DateTimeOffset>> InviteAsync(TokenHash token, AgentRole role, TimeSpan lifetime, string by);

    /// <summary>Enrols the agent.</summary>
    [Alias("redeem")]
    Task<Outcome<IssuedCertificate>> RedeemAsync(TokenHash token, IssuedCertificate fresh);

    /// <summary>Gives the agent its next certificate.</summary>
    [Alias("renew")]
    Task<Outcome<IssuedCertificate>> RenewAsync(SerialNumber with, IssuedCertificate fresh);

    /// <summary>Whether a certificate speaks for the agent now.</summary>
    [Alias("admit")]
    Task<Outcome<Admission>> AdmitAsync(AgentCertificate certificate);

    /// <summary>Takes the agent off; answers once the fronts can know.</summary>
    [Alias("revoke")]
    Task<IdentityRefusal?> RevokeAsync(string reason, string by);

    /// <summary>How the agent stands; null where it was never invited.</summary>
    [Alias("state")]
    Task<EnrolmentState?> StateAsync();
}
