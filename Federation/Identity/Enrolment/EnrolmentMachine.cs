using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>Who an agent is to the server, as a pure function of its state and what happens.</summary>
/// <remarks>
/// A shell applies events of one agent one at a time (or by compare-and-swap), stores a changed state durably, and only
/// then closes connections and answers. It asks <see cref="Admit"/> for every request. What is not current is not
/// admitted, whoever signed it: a certificate that this state does not hold is refused even if it bears the
/// authority's signature.
/// </remarks>
public static class EnrolmentMachine
{
    /// <summary>The longest time that an invite may stay open.</summary>
    public static readonly TimeSpan InviteMax = TimeSpan.FromDays(30);

    private const int TextMax = 256;

    /// <summary>An agent's first invite.</summary>
    public static Outcome<EnrolmentState> Create(AgentId agent, InviteGrant invite, DateTimeOffset now)
    {
        if (Problem(invite, now) is { } problem) return problem;
        return new EnrolmentState(agent, invite.Role, new EnrolmentStatus.Invited(invite), []);
    }

    /// <summary>What an event leads to. Defined for every state and event.</summary>
    public static EnrolmentTransition Apply(EnrolmentState state, EnrolmentEvent happened)
    {
        var settled = Expiry.Settle(state, happened.Now);
        var (next, answer) = Handle(settled, happened);
        var remaining = Serials(next).ToList();
        return new(next, Serials(state).Where(serial => !remaining.Contains(serial)).ToValueList(), answer);
    }

    /// <summary>Whether a certificate that passed <see cref="PeerCheck.Agent"/> is admitted. Changes nothing.</summary>
    public static Outcome<Admission> Admit(EnrolmentState state, AgentCertificate presented, DateTimeOffset now)
    {
        if (presented.Agent != state.Agent) return new CertificateRefusal.WrongAgent(presented.Agent.Value);
        if (now >= presented.NotAfter) return new CertificateRefusal.Expired(presented.NotAfter, now);
        var settled = Expiry.Settle(state, now);
        if (Refusal(settled, presented.Serial) is { } refusal) return refusal;
        var next = (settled.Status as EnrolmentStatus.Enrolled)?.Next;
        return new Admission(state.Agent, state.Role, IsFirstUse: next?.Serial == presented.Serial);
    }

    private static (EnrolmentState, EnrolmentAnswer) Handle(EnrolmentState state, EnrolmentEvent happened) =>
        happened switch
        {
            EnrolmentEvent.Invited invited => Invite(state, invited),
            EnrolmentEvent.Redeemed redeemed => Redeem(state, redeemed),
            EnrolmentEvent.Renewed renewed => Renew(state, renewed),
            EnrolmentEvent.Used used => Use(state, used.Serial),
            EnrolmentEvent.AgentRevoked revoked => Revoke(state, revoked.Now, revoked.By, revoked.Reason),
            EnrolmentEvent.SerialRevoked revoked => RevokeSerial(state, revoked),
            EnrolmentEvent.Ticked => Done(state),
            _ => throw new UnreachableException(happened.GetType().Name),
        };

    private static (EnrolmentState, EnrolmentAnswer) Invite(EnrolmentState state, EnrolmentEvent.Invited invited)
    {
        if (Problem(invited.Invite, invited.Now) is { } problem) return Refuse(state, problem);

        // An enrolled agent keeps its role with its certificates; the new one comes with the new certificate.
        return state.Status is EnrolmentStatus.Enrolled enrolled
            ? Done(state with { Status = enrolled with { Invite = invited.Invite } })
            : Done(state with { Role = invited.Invite.Role, Status = new EnrolmentStatus.Invited(invited.Invite) });
    }

    private static (EnrolmentState, EnrolmentAnswer) Redeem(EnrolmentState state, EnrolmentEvent.Redeemed redeemed)
    {
        var (token, certificate) = (redeemed.Token, Owned(state, redeemed.Certificate));
        switch (state.Status)
        {
            case EnrolmentStatus.Invited { Invite: var invite } when invite.Token == token:
                return Enrol(state, invite, certificate);
            case EnrolmentStatus.Enrolled { Invite: { } invite } when invite.Token == token:
                return Enrol(RetireAll(state, isRevoked: false), invite, certificate);
            case EnrolmentStatus.Enrolled { Redeemed: { } before } enrolled when before == token:
                // The holder of the key whose answer was lost gets it again; for anyone else the token is spent.
                return enrolled.Current.KeyHash == certificate.KeyHash
                    ? (state, new EnrolmentAnswer.Issued(enrolled.Current))
                    : Refuse(state, new EnrolmentRefusal.AlreadyRedeemed(state.Agent));
            case EnrolmentStatus.Expired { Invite: { } invite } when invite.Token == token:
                return Refuse(state, new EnrolmentRefusal.InviteExpired(state.Agent, invite.Expires));
            default:
                return Refuse(state, new EnrolmentRefusal.UnknownToken(state.Agent));
        }
    }

    private static (EnrolmentState, EnrolmentAnswer) Renew(EnrolmentState state, EnrolmentEvent.Renewed renewed)
    {
        var certificate = Owned(state, renewed.Certificate);
        var (used, answer) = Use(state, renewed.With);
        if (answer is EnrolmentAnswer.Refused || used.Status is not EnrolmentStatus.Enrolled enrolled)
            return (used, answer);
        if (enrolled.Next is { } next && next.KeyHash == certificate.KeyHash)
            return (used, new EnrolmentAnswer.Issued(next));
        var kept = enrolled.Next is { } unused ? Retire(used, unused, isRevoked: false) : used;
        return (kept with { Status = enrolled with { Next = certificate } }, new EnrolmentAnswer.Issued(certificate));
    }

    private static (EnrolmentState, EnrolmentAnswer) Use(EnrolmentState state, SerialNumber serial)
    {
        if (Refusal(state, serial) is { } refusal) return Refuse(state, refusal);
        if (state.Status is not EnrolmentStatus.Enrolled { Next: { } next } enrolled || next.Serial != serial)
            return Done(state);
        return Done(Retire(state, enrolled.Current, isRevoked: false) with
        {
            Status = enrolled with { Current = next, Next = null, Redeemed = null },
        });
    }

    private static (EnrolmentState, EnrolmentAnswer) Revoke(
        EnrolmentState state, DateTimeOffset now, string by, string reason)
    {
        if (Problem("by", by) is { } problem) return Refuse(state, problem);
        if (Problem("reason", reason) is { } other) return Refuse(state, other);
        return state.Status is EnrolmentStatus.Revoked
            ? Refuse(state, new EnrolmentRefusal.AlreadyRevoked(state.Agent))
            : Done(RetireAll(state, isRevoked: true) with { Status = new EnrolmentStatus.Revoked(now, by, reason) });
    }

    private static (EnrolmentState, EnrolmentAnswer) RevokeSerial(
        EnrolmentState state, EnrolmentEvent.SerialRevoked revoked)
    {
        if (Refusal(state, revoked.Serial) is { } refusal) return Refuse(state, refusal);
        var enrolled = (EnrolmentStatus.Enrolled)state.Status;
        if (enrolled.Next is not { } next || next.Serial != revoked.Serial)
            return Revoke(state, revoked.Now, revoked.By, revoked.Reason);
        if (Problem("by", revoked.By) is { } problem) return Refuse(state, problem);
        return Done(Retire(state, next, isRevoked: true) with { Status = enrolled with { Next = null } });
    }

    private static (EnrolmentState, EnrolmentAnswer) Enrol(
        EnrolmentState state, InviteGrant invite, IssuedCertificate certificate)
    {
        var status = new EnrolmentStatus.Enrolled(certificate, Next: null, invite.Token, Invite: null);
        return (state with { Role = invite.Role, Status = status }, new EnrolmentAnswer.Issued(certificate));
    }

    /// <summary>Why this certificate is not admitted, or null where it is.</summary>
    private static IdentityRefusal? Refusal(EnrolmentState state, SerialNumber serial)
    {
        if (Serials(state).Contains(serial)) return null;
        if (state.Retired.FirstOrDefault(retired => retired.Serial == serial) is { } before)
        {
            return before.IsRevoked
                ? new CertificateRefusal.Revoked(serial)
                : new CertificateRefusal.Superseded(serial);
        }

        return state.Status is EnrolmentStatus.Enrolled
            ? new CertificateRefusal.NotIssued(serial)
            : new EnrolmentRefusal.NotEnrolled(state.Agent, state.Status.Name);
    }

    private static IEnumerable<SerialNumber> Serials(EnrolmentState state) => Held(state).Select(held => held.Serial);

    private static IEnumerable<IssuedCertificate> Held(EnrolmentState state) => state.Status switch
    {
        EnrolmentStatus.Enrolled { Next: { } next } enrolled => [enrolled.Current, next],
        EnrolmentStatus.Enrolled enrolled => [enrolled.Current],
        _ => [],
    };

    private static EnrolmentState RetireAll(EnrolmentState state, bool isRevoked) =>
        Held(state).Aggregate(state, (all, held) => Retire(all, held, isRevoked));

    private static EnrolmentState Retire(EnrolmentState state, IssuedCertificate certificate, bool isRevoked)
    {
        var retired = state.Retired.Count < EnrolmentState.RetiredMax ? state.Retired : state.Retired.RemoveAt(0);
        return state with { Retired = retired.Add(new(certificate.Serial, certificate.NotAfter, isRevoked)) };
    }

    private static IssuedCertificate Owned(EnrolmentState state, IssuedCertificate certificate) =>
        certificate.Agent == state.Agent
            ? certificate
            : throw new ArgumentException(
                $"a certificate of {certificate.Agent} for {state.Agent}", nameof(certificate));

    private static EnrolmentRefusal.Malformed? Problem(InviteGrant invite, DateTimeOffset now)
    {
        if (invite.Expires <= now || invite.Expires > now + InviteMax)
        {
            return new("expires", Moments.Text(invite.Expires), string.Create(
                CultureInfo.InvariantCulture, $"after {Moments.Text(now)} by at most {InviteMax.TotalDays} days"));
        }

        return Problem("by", invite.By);
    }

    private static EnrolmentRefusal.Malformed? Problem(string field, string text) => text.Length is > 0 and <= TextMax
        ? null
        : new(field, $"{text.Length} characters long", $"1 to {TextMax} characters");

    private static (EnrolmentState, EnrolmentAnswer) Done(EnrolmentState state) => (state, new EnrolmentAnswer.Done());

    private static (EnrolmentState, EnrolmentAnswer) Refuse(EnrolmentState state, IdentityRefusal refusal) =>
        (state, new EnrolmentAnswer.Refused(refusal));
}
