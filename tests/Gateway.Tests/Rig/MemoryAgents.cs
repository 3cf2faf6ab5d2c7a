using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Tests.Rig;

internal sealed class MemoryAgents(CertificateAuthority authority, TimeProvider time) : IAgentService
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, EnrolmentState> states = new(StringComparer.Ordinal);
    private readonly Dictionary<AgentId, AgentFacts> facts = [];
    private readonly Dictionary<AgentId, AgentTrouble> troubles = [];
    private Channel<SerialNumber> cutOff = Channel.CreateUnbounded<SerialNumber>();

    public Task<Outcome<IssuedInvite>> InviteAsync(
        AgentId agent, AgentRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default)
    {
        var (now, token) = (time.GetUtcNow(), SecretToken.Create(new SystemBytes()));
        var grant = new InviteGrant(token.Hash(), role, now + lifetime, by);
        lock (gate)
        {
            if (states.ContainsKey(agent.Value))
            {
                if (Apply(agent, new EnrolmentEvent.Invited(now, grant)) is EnrolmentAnswer.Refused refused)
                    return Task.FromResult<Outcome<IssuedInvite>>(refused.Refusal);
            }
            else if (EnrolmentMachine.Create(agent, grant, now) is Outcome<EnrolmentState>.Accepted created)
            {
                states[agent.Value] = created.Value;
            }
        }

        return Task.FromResult<Outcome<IssuedInvite>>(new IssuedInvite(token, now + lifetime));
    }

    public Task<Outcome<IssuedCertificate>> RedeemAsync(
        AgentId agent, SecretToken token, AgentRequest request, CancellationToken cancellationToken = default) =>
        IssueAsync(agent, request, (now, certificate) => new EnrolmentEvent.Redeemed(now, token.Hash(), certificate));

    public Task<Outcome<IssuedCertificate>> RenewAsync(
        AgentCertificate with, AgentRequest request, CancellationToken cancellationToken = default) =>
        IssueAsync(
            with.Agent, request, (now, certificate) => new EnrolmentEvent.Renewed(now, with.Serial, certificate));

    public Task<Outcome<Admission>> AdmitAsync(
        AgentCertificate certificate, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (!states.TryGetValue(certificate.Agent.Value, out var state))
                return Task.FromResult<Outcome<Admission>>(new CertificateRefusal.NotIssued(certificate.Serial));
            var outcome = EnrolmentMachine.Admit(state, certificate, now);
            if (outcome is Outcome<Admission>.Accepted { Value.IsFirstUse: true })
                Apply(certificate.Agent, new EnrolmentEvent.Used(now, certificate.Serial));
            return Task.FromResult(outcome);
        }
    }

    public Task<IdentityRefusal?> RevokeAsync(
        AgentId agent, string reason, string by, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (!states.ContainsKey(agent.Value))
                return Task.FromResult<IdentityRefusal?>(new EnrolmentRefusal.NotEnrolled(agent, "unknown"));
            var answer = Apply(agent, new EnrolmentEvent.AgentRevoked(time.GetUtcNow(), by, reason));
            return Task.FromResult((answer as EnrolmentAnswer.Refused)?.Refusal);
        }
    }

    public async IAsyncEnumerable<SerialNumber> CutOffAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var serial in Volatile.Read(ref cutOff).Reader.ReadAllAsync(cancellationToken))
            yield return serial;
    }

    /// <summary>Breaks the news of cut-offs off; what comes before somebody asks again is missed.</summary>
    public void BreakNews() => Interlocked.Exchange(ref cutOff, Channel.CreateUnbounded<SerialNumber>())
        .Writer.Complete(new IOException("the news broke off"));

    /// <summary>Takes an agent off without telling anybody.</summary>
    public void Forget(AgentId agent)
    {
        lock (gate) states.Remove(agent.Value);
    }

    public Task ReportAsync(AgentId agent, AgentFacts said, CancellationToken cancellationToken = default)
    {
        lock (gate) facts[agent] = said;
        return Task.CompletedTask;
    }

    public Task TellTroubleAsync(AgentId agent, AgentTrouble trouble, CancellationToken cancellationToken = default)
    {
        lock (gate) troubles[agent] = trouble;
        return Task.CompletedTask;
    }

    public Task<AgentTrouble?> FindTroubleAsync(AgentId agent, CancellationToken cancellationToken = default)
    {
        lock (gate) return Task.FromResult(troubles.GetValueOrDefault(agent));
    }

    public Task<IReadOnlyList<AgentRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<AgentRecord>>(
            [
                .. states.Values.Select(state => new AgentRecord(
                    state, IsConnected: false, LastSeen: null, facts.GetValueOrDefault(state.Agent),
                    troubles.GetValueOrDefault(state.Agent)?.Error)),
            ]);
        }
    }

    private Task<Outcome<IssuedCertificate>> IssueAsync(
        AgentId agent, AgentRequest request, Func<DateTimeOffset, IssuedCertificate, EnrolmentEvent> happen)
    {
        var now = time.GetUtcNow();
        var issued = ((Outcome<IssuedCertificate>.Accepted)authority.IssueAgent(
            agent, request, CertificateLifetimes.Agent, now, new SystemBytes())).Value;
        lock (gate)
        {
            if (!states.ContainsKey(agent.Value))
                return Task.FromResult<Outcome<IssuedCertificate>>(new EnrolmentRefusal.UnknownToken(agent));
            return Task.FromResult<Outcome<IssuedCertificate>>(Apply(agent, happen(now, issued)) switch
            {
                EnrolmentAnswer.Issued given => given.Certificate,
                EnrolmentAnswer.Refused refused => refused.Refusal,
                var other => throw new InvalidOperationException(other.GetType().Name),
            });
        }
    }

    private EnrolmentAnswer Apply(AgentId agent, EnrolmentEvent happened)
    {
        var step = EnrolmentMachine.Apply(states[agent.Value], happened);
        states[agent.Value] = step.State;
        foreach (var serial in step.CutOff) cutOff.Writer.TryWrite(serial);
        return step.Answer;
    }
}
