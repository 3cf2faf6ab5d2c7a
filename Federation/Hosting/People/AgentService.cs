using System.Collections.Concurrent;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
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
    private readonly Subscribers<SerialNumber> cutOff = new(Channel.CreateUnbounded<SerialNumber>);
    private readonly SingleFederationOptions options;
    private readonly AuditService audit;
    private readonly Presence presence;
    private readonly ILogger logger;

    private AgentService(SingleFederationOptions options, AuditService audit, Presence presence)
    {
        (this.options, this.audit, this.presence) = (options, audit, presence);
        logger = options.Logging.CreateLogger<AgentService>();
    }

    /// <summary>Loads all enrolments.</summary>
    /// <exception cref="InvalidDataException">
    /// A stored enrolment cannot be used. Nobody is guessed to be admitted or revoked, so the server does not start.
    /// </exception>
    public static async Task<AgentService> OpenAsync(
        SingleFederationOptions options, AuditService audit, Presence presence, CancellationToken cancellationToken)
    {
        var service = new AgentService(options, audit, presence);
        foreach (var stream in await options.Journal.ListAsync(Enrolment.Prefix, cancellationToken))
        {
            var agent = new AgentId(stream.Name.Value[Enrolment.Prefix.Length..]);
            var state = service.NewStream(agent);
            await state.LoadAsync(cancellationToken);
            service.enrolments[agent] = new(state, audit);
        }

        return service;
    }

    /// <summary>How many agents were ever invited.</summary>
    public int Count => enrolments.Count;

    /// <inheritdoc/>
    public async Task<Outcome<IssuedInvite>> InviteAsync(
        AgentId agent, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default)
    {
        var token = SecretToken.Create(options.Random);
        var enrolment = enrolments.GetOrAdd(agent, id => new(NewStream(id), audit));
        var expires = default(DateTimeOffset);
        var refusal = await enrolment.Changes.ApplyAsync(
            state =>
            {
                var now = options.Time.GetUtcNow();
                expires = Lifetime.End(now, lifetime, EnrolmentMachine.InviteMax);
                var happened = new EnrolmentEvent.Invited(now, new(token.Hash(), role, expires, by));
                var (next, refusal) = state is null ? Create(agent, happened) : InviteAgain(state, happened);
                return new Change<EnrolmentState, EnrolmentEvent, IdentityRefusal?>(
                    next, happened, Audits.Of(by, "agent-invite", agent.Value, refusal), refusal);
            },
            cancellationToken);
        return refusal is null ? new IssuedInvite(token, expires) : refusal;
    }

    /// <inheritdoc/>
    public async Task<Outcome<IssuedCertificate>> RedeemAsync(
        AgentId agent, SecretToken token, AgentRequest request, CancellationToken cancellationToken = default)
    {
        if (Find(agent) is not { } enrolment) return await RefuseStrangerAsync(agent, cancellationToken);
        return await IssueAsync(
            enrolment, agent, request,
            (now, certificate) => new EnrolmentEvent.Redeemed(now, token.Hash(), certificate), "agent-enrol",
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<IssuedCertificate>> RenewAsync(
        AgentCertificate with, AgentRequest request, CancellationToken cancellationToken = default)
    {
        if (Find(with.Agent) is not { } enrolment) return new CertificateRefusal.NotIssued(with.Serial);
        return await IssueAsync(
            enrolment, with.Agent, request,
            (now, certificate) => new EnrolmentEvent.Renewed(now, with.Serial, certificate), "agent-renew",
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<Admission>> AdmitAsync(
        AgentCertificate certificate, CancellationToken cancellationToken = default)
    {
        if (Find(certificate.Agent) is not { State: { } state } enrolment)
            return new CertificateRefusal.NotIssued(certificate.Serial);
        var now = options.Time.GetUtcNow();
        var outcome = EnrolmentMachine.Admit(state, certificate, now);
        if (outcome is not Outcome<Admission>.Accepted { Value.IsFirstUse: true }) return outcome;
        var refusal = await ChangeAsync(
            enrolment, later => new EnrolmentEvent.Used(later, certificate.Serial), _ => null, cancellationToken);
        return refusal is null ? outcome : refusal;
    }

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> RevokeAsync(
        AgentId agent, string reason, string by, CancellationToken cancellationToken = default)
    {
        if (Find(agent) is { } enrolment)
        {
            try
            {
                return await ChangeAsync(
                    enrolment, now => new EnrolmentEvent.AgentRevoked(now, by, reason),
                    refusal => Audits.Of(by, "agent-revoke", agent.Value, refusal), cancellationToken);
            }
            finally
            {
                // Even where storing failed, for it may have happened.
                presence.End(agent);
            }
        }

        var unknown = new EnrolmentRefusal.NotEnrolled(agent, "unknown");
        await audit.AppendAsync(Audits.Of(by, "agent-revoke", agent.Value, unknown), cancellationToken);
        return unknown;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SerialNumber> CutOffAsync(CancellationToken cancellationToken) =>
        cutOff.SubscribeAsync(first: null, cancellationToken);

    /// <inheritdoc/>
    public Task ReportAsync(AgentId agent, AgentFacts facts, CancellationToken cancellationToken = default)
    {
        if (Find(agent) is { } enrolment) enrolment.Facts = facts;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<AgentRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        var now = options.Time.GetUtcNow();
        return Task.FromResult<IReadOnlyList<AgentRecord>>(
        [
            .. enrolments.Values
                .Where(enrolment => enrolment.State is not null)
                .Select(enrolment => (Enrolment: enrolment, State: enrolment.State!))
                .OrderBy(each => each.State.Agent.Value, StringComparer.Ordinal)
                .Select(each => new AgentRecord(
                    each.State, presence.IsConnected(each.State.Agent), presence.LastSeen(each.State.Agent, now),
                    each.Enrolment.Facts)),
        ]);
    }

    /// <summary>Lets run out what has run out.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        foreach (var enrolment in enrolments.Values)
        {
            var tick = new EnrolmentEvent.Ticked(options.Time.GetUtcNow());
            if (enrolment.State is not { } state || ReferenceEquals(EnrolmentMachine.Apply(state, tick).State, state))
                continue;
            await ChangeAsync(enrolment, now => tick with { Now = now }, _ => null, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        cutOff.Close();
        foreach (var enrolment in enrolments.Values) await enrolment.DisposeAsync();
    }

    private StateStream<EnrolmentState, EnrolmentEvent> NewStream(AgentId agent) =>
        new(options.Journal, Enrolment.Name(agent.Value), Enrolment.Form, options.SnapshotEntries, logger);

    private Enrolment? Find(AgentId agent) =>
        enrolments.TryGetValue(agent, out var found) && found.State is not null ? found : null;

    private async Task<Outcome<IssuedCertificate>> RefuseStrangerAsync(
        AgentId agent, CancellationToken cancellationToken)
    {
        var refusal = new EnrolmentRefusal.UnknownToken(agent);
        await audit.AppendAsync(Audits.Of(agent.Value, "agent-enrol", agent.Value, refusal), cancellationToken);
        return refusal;
    }

    private async Task<Outcome<IssuedCertificate>> IssueAsync(
        Enrolment enrolment, AgentId agent, AgentRequest request,
        Func<DateTimeOffset, IssuedCertificate, EnrolmentEvent> make, string action,
        CancellationToken cancellationToken)
    {
        var signed = options.Authority.IssueAgent(
            agent, request, options.AgentCertificateLifetime, options.Time.GetUtcNow(), options.Random);
        if (signed is not Outcome<IssuedCertificate>.Accepted { Value: var certificate }) return signed;
        var answer = await ApplyAsync(
            enrolment, now => make(now, certificate),
            transition => AuditOf(transition.Answer, agent, certificate, action), cancellationToken);
        return answer switch
        {
            EnrolmentAnswer.Issued issued => issued.Certificate,
            EnrolmentAnswer.Refused refused => refused.Refusal,
            _ => throw new System.Diagnostics.UnreachableException(answer.GetType().Name),
        };
    }

    /// <summary>Null where an answer that was lost is given again: then nothing has happened.</summary>
    private static AuditDraft? AuditOf(
        EnrolmentAnswer answer, AgentId agent, IssuedCertificate certificate, string action) => answer switch
        {
            EnrolmentAnswer.Issued issued when issued.Certificate == certificate => Audits.Done(
                agent.Value, action, agent.Value, [new("serial", certificate.Serial.ToString())]),
            EnrolmentAnswer.Refused refused => Audits.Of(agent.Value, action, agent.Value, refused.Refusal),
            _ => null,
        };

    private async Task<IdentityRefusal?> ChangeAsync(
        Enrolment enrolment, Func<DateTimeOffset, EnrolmentEvent> make, Func<IdentityRefusal?, AuditDraft?> draft,
        CancellationToken cancellationToken)
    {
        var answer = await ApplyAsync(
            enrolment, make, transition => draft((transition.Answer as EnrolmentAnswer.Refused)?.Refusal),
            cancellationToken);
        return (answer as EnrolmentAnswer.Refused)?.Refusal;
    }

    private async Task<EnrolmentAnswer> ApplyAsync(
        Enrolment enrolment, Func<DateTimeOffset, EnrolmentEvent> make,
        Func<EnrolmentTransition, AuditDraft?> draft, CancellationToken cancellationToken)
    {
        EnrolmentTransition? transition = null;
        try
        {
            return await enrolment.Changes.ApplyAsync(
                state =>
                {
                    var happened = make(options.Time.GetUtcNow());
                    transition = EnrolmentMachine.Apply(state!, happened);
                    return new Change<EnrolmentState, EnrolmentEvent, EnrolmentAnswer>(
                        transition.State, happened, draft(transition), transition.Answer);
                },
                cancellationToken);
        }
        finally
        {
            // Even where storing failed, for it may have happened: an agent that is cut off in vain comes back.
            foreach (var serial in transition?.CutOff ?? []) cutOff.Publish(serial);
        }
    }

    private static (EnrolmentState? State, IdentityRefusal? Refusal) Create(
        AgentId agent, EnrolmentEvent.Invited invited) =>
        EnrolmentMachine.Create(agent, invited.Invite, invited.Now) switch
        {
            Outcome<EnrolmentState>.Accepted accepted => (accepted.Value, null),
            Outcome<EnrolmentState>.Refused refused => (null, refused.Refusal),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private (EnrolmentState State, IdentityRefusal? Refusal) InviteAgain(
        EnrolmentState state, EnrolmentEvent.Invited invited)
    {
        var transition = EnrolmentMachine.Apply(state, invited);
        foreach (var serial in transition.CutOff) cutOff.Publish(serial);
        return (transition.State, (transition.Answer as EnrolmentAnswer.Refused)?.Refusal);
    }
}
