using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>
/// One agent's enrolment on a journal. An agent that was never invited has none, and hears what the rules say to a
/// stranger.
/// </summary>
/// <param name="agent">The agent.</param>
/// <param name="stream">Holds the enrolment; loaded, or of an agent that was never invited.</param>
/// <param name="audit">Hears of every change by a person, and of every enrolment, before it is stored.</param>
/// <param name="time">The server's clock.</param>
/// <param name="cutOff">Hears of every certificate that is no longer admitted, maybe in vain; must not throw.</param>
internal sealed class Enrolment(
    AgentId agent, StateStream<EnrolmentState, EnrolmentEvent> stream, IAuditSink audit, TimeProvider time,
    Action<SerialNumber> cutOff) : IEnrolment, IAsyncDisposable
{
    /// <summary>How the names of all enrolments' streams begin.</summary>
    public const string Prefix = "agents/";

    private static readonly StateForm<EnrolmentState, EnrolmentEvent> Form = new(
        IdentityJson.Write, IdentityJson.ReadEnrolment, IdentityJson.ReadEnrolmentEvent,
        (state, happened) => EnrolmentMachine.Apply(state, happened).State);

    private readonly Changes<EnrolmentState, EnrolmentEvent> changes = new(stream, audit, IdentityJson.Write);

    /// <summary>The durable state; null where the agent was never invited.</summary>
    public EnrolmentState? State => changes.State;

    /// <summary>An agent's stream, not loaded.</summary>
    public static StateStream<EnrolmentState, EnrolmentEvent> NewStream(
        IJournal journal, AgentId agent, int snapshotEntries, ILogger logger) =>
        new(journal, new(Prefix + agent.Value), Form, snapshotEntries, logger);

    /// <summary>Whose a stream is.</summary>
    public static AgentId AgentOf(StreamName stream) => new(stream.Value[Prefix.Length..]);

    /// <inheritdoc/>
    public async Task<Outcome<DateTimeOffset>> InviteAsync(
        TokenHash token, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default)
    {
        var expires = default(DateTimeOffset);
        var refusal = await changes.ApplyAsync(
            state =>
            {
                var now = time.GetUtcNow();
                expires = Lifetime.End(now, lifetime, EnrolmentMachine.InviteMax);
                var happened = new EnrolmentEvent.Invited(now, new(token, role, expires, by));
                if (OpenInvite(state) is { } open && open.Token == token)
                {
                    // No two tokens are alike, so this is the answer that was lost.
                    expires = open.Expires;
                    return new Change<EnrolmentState, EnrolmentEvent, IdentityRefusal?>(state, happened, null, null);
                }

                var (next, refusal) = state is null ? Create(happened) : InviteAgain(state, happened);
                return new Change<EnrolmentState, EnrolmentEvent, IdentityRefusal?>(
                    next, happened, Audits.Of(by, "agent-invite", agent.Value, refusal), refusal);
            },
            cancellationToken);
        return refusal is null ? expires : refusal;
    }

    /// <inheritdoc/>
    public async Task<Outcome<IssuedCertificate>> RedeemAsync(
        TokenHash token, IssuedCertificate fresh, CancellationToken cancellationToken = default)
    {
        if (State is not null)
        {
            return await IssueAsync(
                now => new EnrolmentEvent.Redeemed(now, token, fresh), fresh, "agent-enrol", cancellationToken);
        }

        var refusal = new EnrolmentRefusal.UnknownToken(agent);
        await audit.AppendAsync([Audits.Of(agent.Value, "agent-enrol", agent.Value, refusal)], cancellationToken);
        return refusal;
    }

    /// <inheritdoc/>
    public async Task<Outcome<IssuedCertificate>> RenewAsync(
        SerialNumber with, IssuedCertificate fresh, CancellationToken cancellationToken = default) => State is null
        ? new CertificateRefusal.NotIssued(with)
        : await IssueAsync(
            now => new EnrolmentEvent.Renewed(now, with, fresh), fresh, "agent-renew", cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<Admission>> AdmitAsync(
        AgentCertificate certificate, CancellationToken cancellationToken = default)
    {
        if (State is not { } state) return new CertificateRefusal.NotIssued(certificate.Serial);
        var outcome = EnrolmentMachine.Admit(state, certificate, time.GetUtcNow());
        if (outcome is not Outcome<Admission>.Accepted { Value.IsFirstUse: true }) return outcome;
        var refusal = await ChangeAsync(
            now => new EnrolmentEvent.Used(now, certificate.Serial), _ => null, cancellationToken);
        return refusal is null ? outcome : refusal;
    }

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> RevokeAsync(
        string reason, string by, CancellationToken cancellationToken = default)
    {
        if (State is not null)
        {
            return await ChangeAsync(
                now => new EnrolmentEvent.AgentRevoked(now, by, reason),
                refusal => Audits.Of(by, "agent-revoke", agent.Value, refusal), cancellationToken);
        }

        var unknown = new EnrolmentRefusal.NotEnrolled(agent, "unknown");
        await audit.AppendAsync([Audits.Of(by, "agent-revoke", agent.Value, unknown)], cancellationToken);
        return unknown;
    }

    /// <summary>Lets run out what has run out.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken = default)
    {
        var tick = new EnrolmentEvent.Ticked(time.GetUtcNow());
        if (State is not { } state || ReferenceEquals(EnrolmentMachine.Apply(state, tick).State, state)) return;
        await ChangeAsync(now => tick with { Now = now }, _ => null, cancellationToken);
    }

    /// <summary>Looks whether nobody else has written the stream.</summary>
    /// <exception cref="StreamConflictException">Somebody has.</exception>
    public Task RequireNewestAsync() => changes.RequireNewestAsync();

    /// <summary>Waits for the change in progress and takes no more.</summary>
    public ValueTask DisposeAsync() => changes.DisposeAsync();

    private async Task<Outcome<IssuedCertificate>> IssueAsync(
        Func<DateTimeOffset, EnrolmentEvent> make, IssuedCertificate fresh, string action,
        CancellationToken cancellationToken)
    {
        var answer = await ApplyAsync(
            make, (state, answer) => Holds(state, fresh) ? null : AuditOf(answer, fresh, action), cancellationToken);
        return answer switch
        {
            EnrolmentAnswer.Issued issued => issued.Certificate,
            EnrolmentAnswer.Refused refused => refused.Refusal,
            _ => throw new UnreachableException(answer.GetType().Name),
        };
    }

    /// <summary>Null where an answer that was lost is given again: then nothing has happened.</summary>
    private AuditDraft? AuditOf(EnrolmentAnswer answer, IssuedCertificate fresh, string action) => answer switch
    {
        EnrolmentAnswer.Issued issued when issued.Certificate == fresh => Audits.Done(
            agent.Value, action, agent.Value, [new("serial", fresh.Serial.ToString())]),
        EnrolmentAnswer.Refused refused => Audits.Of(agent.Value, action, agent.Value, refused.Refusal),
        _ => null,
    };

    private async Task<IdentityRefusal?> ChangeAsync(
        Func<DateTimeOffset, EnrolmentEvent> make, Func<IdentityRefusal?, AuditDraft?> draft,
        CancellationToken cancellationToken)
    {
        var answer = await ApplyAsync(
            make, (_, answer) => draft((answer as EnrolmentAnswer.Refused)?.Refusal), cancellationToken);
        return (answer as EnrolmentAnswer.Refused)?.Refusal;
    }

    private async Task<EnrolmentAnswer> ApplyAsync(
        Func<DateTimeOffset, EnrolmentEvent> make, Func<EnrolmentState, EnrolmentAnswer, AuditDraft?> draft,
        CancellationToken cancellationToken)
    {
        EnrolmentTransition? transition = null;
        try
        {
            return await changes.ApplyAsync(
                state =>
                {
                    var happened = make(time.GetUtcNow());
                    transition = EnrolmentMachine.Apply(state!, happened);
                    return new Change<EnrolmentState, EnrolmentEvent, EnrolmentAnswer>(
                        transition.State, happened, draft(state!, transition.Answer), transition.Answer);
                },
                cancellationToken);
        }
        finally
        {
            // Even where storing failed, for it may have happened: an agent that is cut off in vain comes back.
            foreach (var serial in transition?.CutOff ?? []) cutOff(serial);
        }
    }

    private static InviteGrant? OpenInvite(EnrolmentState? state) => state?.Status switch
    {
        EnrolmentStatus.Invited invited => invited.Invite,
        EnrolmentStatus.Enrolled enrolled => enrolled.Invite,
        _ => null,
    };

    private static bool Holds(EnrolmentState state, IssuedCertificate certificate) =>
        state.Status is EnrolmentStatus.Enrolled enrolled &&
        (enrolled.Current == certificate || enrolled.Next == certificate);

    private (EnrolmentState? State, IdentityRefusal? Refusal) Create(EnrolmentEvent.Invited invited) =>
        EnrolmentMachine.Create(agent, invited.Invite, invited.Now) switch
        {
            Outcome<EnrolmentState>.Accepted accepted => (accepted.Value, null),
            Outcome<EnrolmentState>.Refused refused => (null, refused.Refusal),
            _ => throw new UnreachableException(),
        };

    private (EnrolmentState State, IdentityRefusal? Refusal) InviteAgain(
        EnrolmentState state, EnrolmentEvent.Invited invited)
    {
        var transition = EnrolmentMachine.Apply(state, invited);
        foreach (var serial in transition.CutOff) cutOff(serial);
        return (transition.State, (transition.Answer as EnrolmentAnswer.Refused)?.Refusal);
    }
}
