using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Grains.Front;

namespace FedLowRank.Grains.People;

/// <summary>
/// An agent's enrolment in a cluster. All calls are asked again where a silo died: an invite of the same token is the
/// same invite, the same key gets the same certificate, and who is found to be revoked by the second attempt was
/// revoked by the first.
/// </summary>
internal sealed class ClusterEnrolment(IGrainFactory grains, AgentId agent) : IEnrolment
{
    private readonly IEnrolmentGrain grain = grains.GetGrain<IEnrolmentGrain>(agent.Value);

    /// <inheritdoc/>
    public Task<Outcome<DateTimeOffset>> InviteAsync(
        TokenHash token, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => grain.InviteAsync(token, role, lifetime, by), cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<IssuedCertificate>> RedeemAsync(
        TokenHash token, IssuedCertificate fresh, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => grain.RedeemAsync(token, fresh), cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<IssuedCertificate>> RenewAsync(
        SerialNumber with, IssuedCertificate fresh, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => grain.RenewAsync(with, fresh), cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<Admission>> AdmitAsync(
        AgentCertificate certificate, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => grain.AdmitAsync(certificate), cancellationToken);

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> RevokeAsync(
        string reason, string by, CancellationToken cancellationToken = default)
    {
        var attempts = 0;
        var refusal = await Retry.BrieflyAsync(
            () =>
            {
                attempts++;
                return grain.RevokeAsync(reason, by);
            },
            cancellationToken);
        return attempts > 1 && refusal is EnrolmentRefusal.AlreadyRevoked ? null : refusal;
    }

    /// <summary>How the agent stands; null where it was never invited.</summary>
    public Task<EnrolmentState?> StateAsync(CancellationToken cancellationToken) =>
        Retry.BrieflyAsync(grain.StateAsync, cancellationToken);
}
