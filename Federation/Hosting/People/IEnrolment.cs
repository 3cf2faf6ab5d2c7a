using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>
/// One agent's enrolment, wherever it is kept. Tokens come as hashes and certificates signed, so that whoever keeps it
/// holds no secret. All of it may be asked again after an answer was lost.
/// </summary>
internal interface IEnrolment
{
    /// <summary>Invites the agent.</summary>
    /// <returns>When the invite expires.</returns>
    Task<Outcome<DateTimeOffset>> InviteAsync(
        TokenHash token, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default);

    /// <summary>Enrols the agent.</summary>
    /// <param name="token">Of its invite.</param>
    /// <param name="fresh">What it gets, unless it has got another for the same key before.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Outcome<IssuedCertificate>> RedeemAsync(
        TokenHash token, IssuedCertificate fresh, CancellationToken cancellationToken = default);

    /// <summary>Gives the agent its next certificate.</summary>
    /// <param name="with">The certificate of the connection.</param>
    /// <param name="fresh">What it gets, unless it has got another for the same key before.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Outcome<IssuedCertificate>> RenewAsync(
        SerialNumber with, IssuedCertificate fresh, CancellationToken cancellationToken = default);

    /// <summary>Whether a certificate speaks for the agent now.</summary>
    Task<Outcome<Admission>> AdmitAsync(AgentCertificate certificate, CancellationToken cancellationToken = default);

    /// <summary>Takes the agent off.</summary>
    /// <returns>Null where it is done.</returns>
    Task<IdentityRefusal?> RevokeAsync(string reason, string by, CancellationToken cancellationToken = default);
}
