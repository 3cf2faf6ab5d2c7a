using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.Agents;
using FedLowRank.Grains.Front;

namespace FedLowRank.Grains.People;

/// <summary>
/// The agents of a cluster. Tokens are made and certificates signed here; whether they are granted, each agent's
/// enrolment says. Nothing is remembered here, so that a revocation holds from its answer on.
/// </summary>
internal sealed class ClusterAgents(IGrainFactory grains, EnrolmentDesk desk) : IAgentService
{
    private const int AskedAtOnce = 32;

    private readonly Subscribers<SerialNumber> cutOff = new(Channel.CreateUnbounded<SerialNumber>);

    /// <inheritdoc/>
    public Task<Outcome<IssuedInvite>> InviteAsync(
        AgentId agent, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default) =>
        desk.InviteAsync(Find(agent), role, lifetime, by, cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<IssuedCertificate>> RedeemAsync(
        AgentId agent, SecretToken token, AgentRequest request, CancellationToken cancellationToken = default) =>
        desk.RedeemAsync(Find(agent), agent, token, request, cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<IssuedCertificate>> RenewAsync(
        AgentCertificate with, AgentRequest request, CancellationToken cancellationToken = default) =>
        desk.RenewAsync(Find(with.Agent), with, request, cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<Admission>> AdmitAsync(
        AgentCertificate certificate, CancellationToken cancellationToken = default) =>
        Find(certificate.Agent).AdmitAsync(certificate, cancellationToken);

    /// <inheritdoc/>
    public Task<IdentityRefusal?> RevokeAsync(
        AgentId agent, string reason, string by, CancellationToken cancellationToken = default) =>
        Find(agent).RevokeAsync(reason, by, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SerialNumber> CutOffAsync(CancellationToken cancellationToken) =>
        cutOff.SubscribeAsync(first: null, cancellationToken);

    /// <summary>A certificate is no longer admitted, as the fleet says.</summary>
    public void Publish(SerialNumber serial) => cutOff.Publish(serial);

    /// <summary>
    /// News may have been missed: whoever follows them hears so, and asks for all that are in use once it follows
    /// again.
    /// </summary>
    public void NewsBroke() => cutOff.Fail(new JournalException(
        JournalError.Unavailable, "some of the certificates that were cut off may not have been told"));

    /// <summary>There will be no more news.</summary>
    public void Close() => cutOff.Close();

    /// <inheritdoc/>
    public Task ReportAsync(AgentId agent, AgentFacts facts, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => grains.GetGrain<IAgentGrain>(agent.Value).ReportAsync(facts), cancellationToken);

    /// <inheritdoc/>
    public Task TellTroubleAsync(
        AgentId agent, AgentTrouble trouble, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(
            () => grains.GetGrain<IAgentGrain>(agent.Value).TellTroubleAsync(trouble), cancellationToken);

    /// <inheritdoc/>
    public Task<AgentTrouble?> FindTroubleAsync(AgentId agent, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(grains.GetGrain<IAgentGrain>(agent.Value).TroubleAsync, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AgentRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        var names = await Retry.BrieflyAsync(grains.GetGrain<IEnrolmentNamesGrain>(0).AllAsync, cancellationToken);
        var records = new AgentRecord?[names.Length];
        var bound = new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, names.Length, bound, async (i, token) =>
            records[i] = await RecordAsync(names[i], token));
        return [.. records.OfType<AgentRecord>()];
    }

    private async Task<AgentRecord?> RecordAsync(AgentId agent, CancellationToken cancellationToken)
    {
        if (await Find(agent).StateAsync(cancellationToken) is not { } state) return null;
        var presence = await Retry.BrieflyAsync(
            grains.GetGrain<IAgentGrain>(agent.Value).PresenceAsync, cancellationToken);
        return new(state, presence.IsConnected, presence.LastSeen, presence.Facts, presence.LastError);
    }

    private ClusterEnrolment Find(AgentId agent) => new(grains, agent);
}
