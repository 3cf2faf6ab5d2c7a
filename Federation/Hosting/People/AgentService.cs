using System.Collections.Concurrent;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Service;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>The agents' enrolments on a journal, all in memory, each with a stream of its own.</summary>
internal sealed class AgentService : IAgentService, IAsyncDisposable
{
    private readonly ConcurrentDictionary<AgentId, Enrolment> enrolments = [];
    private readonly ConcurrentDictionary<AgentId, AgentFacts> facts = [];
    private readonly ConcurrentDictionary<AgentId, AgentTrouble> troubles = [];
    private readonly Subscribers<SerialNumber> cutOff = new(Channel.CreateUnbounded<SerialNumber>);
    private readonly SingleFederationOptions options;
    private readonly IAuditSink audit;
    private readonly Presence presence;
    private readonly EnrolmentDesk desk;
    private readonly ILogger logger;

    private AgentService(SingleFederationOptions options, IAuditSink audit, Presence presence)
    {
        (this.options, this.audit, this.presence) = (options, audit, presence);
        desk = new(options.Authority, options.Random, options.Time, options.AgentCertificateLifetime);
        logger = options.Logging.CreateLogger<AgentService>();
    }

    /// <summary>Loads all enrolments.</summary>
    /// <exception cref="InvalidDataException">
    /// A stored enrolment cannot be used. Nobody is guessed to be admitted or revoked, so the server does not start.
    /// </exception>
    public static async Task<AgentService> OpenAsync(
        SingleFederationOptions options, IAuditSink audit, Presence presence, CancellationToken cancellationToken)
    {
        var service = new AgentService(options, audit, presence);
        foreach (var stream in await options.Journal.ListAsync(Enrolment.Prefix, cancellationToken))
        {
            var agent = Enrolment.AgentOf(stream.Name);
            service.enrolments[agent] = await service.LoadAsync(agent, cancellationToken);
        }

        return service;
    }

    /// <summary>How many agents were ever invited.</summary>
    public int Count => enrolments.Count;

    /// <inheritdoc/>
    public Task<Outcome<IssuedInvite>> InviteAsync(
        AgentId agent, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default) =>
        desk.InviteAsync(enrolments.GetOrAdd(agent, Never), role, lifetime, by, cancellationToken);

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
    public async Task<IdentityRefusal?> RevokeAsync(
        AgentId agent, string reason, string by, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Find(agent).RevokeAsync(reason, by, cancellationToken);
        }
        finally
        {
            // Even where storing failed, for it may have happened.
            presence.End(agent);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SerialNumber> CutOffAsync(CancellationToken cancellationToken) =>
        cutOff.SubscribeAsync(first: null, cancellationToken);

    /// <inheritdoc/>
    public Task ReportAsync(AgentId agent, AgentFacts facts, CancellationToken cancellationToken = default)
    {
        if (enrolments.ContainsKey(agent)) this.facts[agent] = facts;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task TellTroubleAsync(
        AgentId agent, AgentTrouble trouble, CancellationToken cancellationToken = default)
    {
        if (enrolments.ContainsKey(agent)) troubles[agent] = trouble;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<AgentTrouble?> FindTroubleAsync(AgentId agent, CancellationToken cancellationToken = default) =>
        Task.FromResult(troubles.GetValueOrDefault(agent));

    /// <inheritdoc/>
    public Task<IReadOnlyList<AgentRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        var now = options.Time.GetUtcNow();
        return Task.FromResult<IReadOnlyList<AgentRecord>>(
        [
            .. enrolments.Values.Select(enrolment => enrolment.State).OfType<EnrolmentState>()
                .OrderBy(state => state.Agent.Value, StringComparer.Ordinal)
                .Select(state => new AgentRecord(
                    state, presence.IsConnected(state.Agent), presence.LastSeen(state.Agent, now),
                    facts.GetValueOrDefault(state.Agent), troubles.GetValueOrDefault(state.Agent)?.Error)),
        ]);
    }

    /// <summary>Lets run out what has run out.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        foreach (var enrolment in enrolments.Values) await enrolment.ExpireAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        cutOff.Close();
        foreach (var enrolment in enrolments.Values) await enrolment.DisposeAsync();
    }

    /// <summary>An agent's enrolment; a stranger's is kept nowhere.</summary>
    private Enrolment Find(AgentId agent) => enrolments.GetValueOrDefault(agent) ?? Never(agent);

    private async Task<Enrolment> LoadAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var stream = Enrolment.NewStream(options.Journal, agent, options.SnapshotEntries, logger);
        await stream.LoadAsync(cancellationToken);
        return new(agent, stream, audit, options.Time, cutOff.Publish);
    }

    /// <summary>The enrolment of an agent that was never invited.</summary>
    private Enrolment Never(AgentId agent) => new(
        agent, Enrolment.NewStream(options.Journal, agent, options.SnapshotEntries, logger), audit, options.Time,
        cutOff.Publish);
}
