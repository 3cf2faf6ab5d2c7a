using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Service;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>Makes the tokens and signs the certificates that enrolments then grant or refuse.</summary>
/// <param name="authority">Signs.</param>
/// <param name="random">For tokens and serial numbers.</param>
/// <param name="time">The server's clock.</param>
/// <param name="certificateLifetime">How long agents' certificates hold.</param>
internal sealed class EnrolmentDesk(
    CertificateAuthority authority, IRandomSource random, TimeProvider time, TimeSpan certificateLifetime)
{
    /// <summary>See <see cref="IAgentService.InviteAsync"/>.</summary>
    public async Task<Outcome<IssuedInvite>> InviteAsync(
        IEnrolment enrolment, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken)
    {
        var token = SecretToken.Create(random);
        return await enrolment.InviteAsync(token.Hash(), role, lifetime, by, cancellationToken) switch
        {
            Outcome<DateTimeOffset>.Accepted { Value: var expires } => new IssuedInvite(token, expires),
            Outcome<DateTimeOffset>.Refused { Refusal: var refusal } => refusal,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>See <see cref="IAgentService.RedeemAsync"/>.</summary>
    public Task<Outcome<IssuedCertificate>> RedeemAsync(
        IEnrolment enrolment, AgentId agent, SecretToken token, AgentRequest request,
        CancellationToken cancellationToken) =>
        IssueAsync(agent, request, fresh => enrolment.RedeemAsync(token.Hash(), fresh, cancellationToken));

    /// <summary>See <see cref="IAgentService.RenewAsync"/>.</summary>
    public Task<Outcome<IssuedCertificate>> RenewAsync(
        IEnrolment enrolment, AgentCertificate with, AgentRequest request, CancellationToken cancellationToken) =>
        IssueAsync(with.Agent, request, fresh => enrolment.RenewAsync(with.Serial, fresh, cancellationToken));

    /// <summary>What is signed here is sent to nobody unless the enrolment says so.</summary>
    private async Task<Outcome<IssuedCertificate>> IssueAsync(
        AgentId agent, AgentRequest request, Func<IssuedCertificate, Task<Outcome<IssuedCertificate>>> grant)
    {
        var signed = authority.IssueAgent(agent, request, certificateLifetime, time.GetUtcNow(), random);
        return signed is Outcome<IssuedCertificate>.Accepted { Value: var fresh } ? await grant(fresh) : signed;
    }
}
