using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Service;

/// <summary>
/// Who may speak as an agent. Every change by a person, and every enrolment, is in the audit log before it is answered.
/// </summary>
public interface IAgentService
{
    /// <summary>Invites an agent, for the first time or again.</summary>
    /// <param name="agent">Its name.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="lifetime">Until the invite expires; at most 30 days.</param>
    /// <param name="by">Who invites.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The token, which is stored nowhere, and when it expires.</returns>
    Task<Outcome<IssuedInvite>> InviteAsync(
        AgentId agent, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default);

    /// <summary>
    /// Enrols an agent that shows its invite's token. The same request again gives the same certificate.
    /// </summary>
    Task<Outcome<IssuedCertificate>> RedeemAsync(
        AgentId agent, SecretToken token, AgentRequest request, CancellationToken cancellationToken = default);

    /// <summary>Gives an agent its next certificate.</summary>
    /// <param name="with">The certificate of the connection, admitted.</param>
    /// <param name="request">The next key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Outcome<IssuedCertificate>> RenewAsync(
        AgentCertificate with, AgentRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Whether a certificate speaks for its agent now; asked with every request, so it is quick. A first use is durable
    /// before the answer.
    /// </summary>
    Task<Outcome<Admission>> AdmitAsync(AgentCertificate certificate, CancellationToken cancellationToken = default);

    /// <summary>Takes an agent off with all its certificates and invites.</summary>
    /// <returns>Null where it is done.</returns>
    Task<IdentityRefusal?> RevokeAsync(
        AgentId agent, string reason, string by, CancellationToken cancellationToken = default);

    /// <summary>The serials that are no longer admitted, from now on, as they are cut off.</summary>
    IAsyncEnumerable<SerialNumber> CutOffAsync(CancellationToken cancellationToken);

    /// <summary>Keeps what an agent says of itself, for display.</summary>
    Task ReportAsync(AgentId agent, AgentFacts facts, CancellationToken cancellationToken = default);

    /// <summary>
    /// Keeps what an agent says went wrong last, in place of what it said before; for display, and in memory alone.
    /// </summary>
    /// <param name="agent">Who says so.</param>
    /// <param name="trouble">Within its limits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task TellTroubleAsync(AgentId agent, AgentTrouble trouble, CancellationToken cancellationToken = default);

    /// <summary>What an agent said went wrong last, with the lines of its log; null where it said nothing.</summary>
    Task<AgentTrouble?> FindTroubleAsync(AgentId agent, CancellationToken cancellationToken = default);

    /// <summary>All agents that were ever invited, by name.</summary>
    Task<IReadOnlyList<AgentRecord>> ListAsync(CancellationToken cancellationToken = default);
}
