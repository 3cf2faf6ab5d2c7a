using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: an invite works once, a certificate as long as it should and not a request longer. Method: the life of an
/// agent told in events; then every event in every state that those lives pass through.
/// </summary>
public class EnrolmentMachineTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;
    private static readonly TokenHash Token = Hash(1);
    private static readonly TokenHash Other = Hash(2);
    private static readonly IssuedCertificate First = Certificate(1);
    private static readonly IssuedCertificate Second = Certificate(2, Noon.AddHours(12));
    private static readonly IssuedCertificate Third = Certificate(3, Noon.AddHours(13));

    private static EnrolmentState Invited =>
        Sample.Accepted(EnrolmentMachine.Create(Sample.Berlin, Grant(Token), Noon));

    private static EnrolmentState Enrolled => Do(Invited, Redeem(Token, First));

    private static EnrolmentState Renewing =>
        Do(Enrolled, new EnrolmentEvent.Renewed(Noon.AddHours(12), First.Serial, Second));

    private static EnrolmentState Reinvited => Do(
        Enrolled, new EnrolmentEvent.Invited(Noon, Grant(Other) with { Role = AgentRole.Evaluator }));

    private static EnrolmentState Revoked => Do(Enrolled, new EnrolmentEvent.AgentRevoked(Noon, "olga", "stolen"));

    private static EnrolmentState Unredeemed => Do(Invited, new EnrolmentEvent.Ticked(Noon.AddDays(1)));

    private static EnrolmentState RunOut => Do(Enrolled, new EnrolmentEvent.Ticked(First.NotAfter));

    private static EnrolmentState Renewed => Do(Renewing, new EnrolmentEvent.Used(Noon.AddHours(12), Second.Serial));

    private static EnrolmentState[] States =>
        [Invited, Enrolled, Renewing, Renewed, Reinvited, Revoked, Unredeemed, RunOut];

    [Fact]
    public void An_invite_is_redeemed_once()
    {
        var first = EnrolmentMachine.Apply(Invited, Redeem(Token, First));
        Assert.Equal(new EnrolmentAnswer.Issued(First), first.Answer);
        var second = EnrolmentMachine.Apply(first.State, Redeem(Token, Second));
        Assert.IsType<EnrolmentRefusal.AlreadyRedeemed>(RefusalOf(second));
        Assert.Same(first.State, second.State);
        Assert.Equal(AgentRole.Trainer, Admit(first.State, First).Role);
        Assert.IsType<CertificateRefusal.NotIssued>(Denied(first.State, Second));
    }

    [Fact]
    public void Whoever_lost_the_answer_gets_the_same_certificate_again_with_the_same_key()
    {
        var again = Certificate(9) with { KeyHash = First.KeyHash };
        var repeated = EnrolmentMachine.Apply(Enrolled, Redeem(Token, again));
        Assert.Equal(new EnrolmentAnswer.Issued(First), repeated.Answer);
        Assert.IsType<CertificateRefusal.NotIssued>(Denied(repeated.State, again));
        Assert.IsType<EnrolmentRefusal.UnknownToken>(RefusalOf(EnrolmentMachine.Apply(Renewed, Redeem(Token, again))));
    }

    [Fact]
    public void A_wrong_token_and_a_late_one_are_told_apart()
    {
        Assert.IsType<EnrolmentRefusal.UnknownToken>(RefusalOf(EnrolmentMachine.Apply(Invited, Redeem(Other, First))));
        var late = EnrolmentMachine.Apply(Invited, new EnrolmentEvent.Redeemed(Noon.AddDays(1), Token, First));
        Assert.IsType<EnrolmentRefusal.InviteExpired>(RefusalOf(late));
        Assert.IsType<EnrolmentStatus.Expired>(late.State.Status);
        var setBack = EnrolmentMachine.Apply(late.State, Redeem(Token, First));
        Assert.IsType<EnrolmentRefusal.InviteExpired>(RefusalOf(setBack));
    }

    [Fact]
    public void Both_certificates_count_until_the_new_one_is_used()
    {
        Assert.False(Admit(Renewing, First, Noon.AddHours(12)).IsFirstUse);
        Assert.True(Admit(Renewing, Second, Noon.AddHours(12)).IsFirstUse);
        var used = EnrolmentMachine.Apply(Renewing, new EnrolmentEvent.Used(Noon.AddHours(12), Second.Serial));
        Assert.Equal([First.Serial], used.CutOff);
        Assert.IsType<CertificateRefusal.Superseded>(Denied(used.State, First, Noon.AddHours(12)));
        Assert.False(Admit(used.State, Second, Noon.AddHours(12)).IsFirstUse);
    }

    [Fact]
    public void Renewal_takes_a_present_certificate_and_nothing_else()
    {
        var repeated = EnrolmentMachine.Apply(Renewing, new EnrolmentEvent.Renewed(
            Noon.AddHours(12), First.Serial, Certificate(9) with { KeyHash = Second.KeyHash }));
        Assert.Equal(new EnrolmentAnswer.Issued(Second), repeated.Answer);

        var otherKey = EnrolmentMachine.Apply(
            Renewing, new EnrolmentEvent.Renewed(Noon.AddHours(13), First.Serial, Third));
        Assert.Equal(new EnrolmentAnswer.Issued(Third), otherKey.Answer);
        Assert.Equal([Second.Serial], otherKey.CutOff);

        var withNext = EnrolmentMachine.Apply(
            Renewing, new EnrolmentEvent.Renewed(Noon.AddHours(13), Second.Serial, Third));
        Assert.Equal([First.Serial], withNext.CutOff);

        Assert.IsType<CertificateRefusal.Superseded>(RefusalOf(EnrolmentMachine.Apply(
            Renewed, new EnrolmentEvent.Renewed(Noon.AddHours(13), First.Serial, Third))));
        Assert.IsType<EnrolmentRefusal.NotEnrolled>(RefusalOf(EnrolmentMachine.Apply(
            RunOut, new EnrolmentEvent.Renewed(Noon.AddHours(25), First.Serial, Third))));
    }

    [Fact]
    public void A_new_invite_replaces_the_old_certificate_when_it_is_redeemed_and_not_before()
    {
        Assert.Equal(AgentRole.Trainer, Admit(Reinvited, First).Role);
        var again = EnrolmentMachine.Apply(Reinvited, Redeem(Other, Certificate(4)));
        Assert.Equal([First.Serial], again.CutOff);
        Assert.Equal(AgentRole.Evaluator, Admit(again.State, Certificate(4)).Role);
        Assert.IsType<CertificateRefusal.Superseded>(Denied(again.State, First));
        foreach (var state in (EnrolmentState[])[Revoked, Unredeemed, RunOut])
        {
            var now = Noon.AddDays(2);
            var invited = Do(state, new EnrolmentEvent.Invited(now, Grant(Other) with { Expires = now.AddDays(1) }));
            Assert.IsType<EnrolmentAnswer.Issued>(EnrolmentMachine.Apply(
                invited, new EnrolmentEvent.Redeemed(now, Other, Certificate(5, now))).Answer);
        }
    }

    [Fact]
    public void Revoking_works_at_once_and_names_what_to_close()
    {
        var revoked = EnrolmentMachine.Apply(
            Renewing, new EnrolmentEvent.AgentRevoked(Noon.AddHours(12), "olga", "stolen"));
        Assert.Equal([First.Serial, Second.Serial], revoked.CutOff);
        Assert.IsType<CertificateRefusal.Revoked>(Denied(revoked.State, First, Noon.AddHours(12)));
        Assert.IsType<CertificateRefusal.Revoked>(Denied(revoked.State, Second, Noon.AddHours(12)));
        Assert.IsType<EnrolmentRefusal.AlreadyRevoked>(RefusalOf(EnrolmentMachine.Apply(
            revoked.State, new EnrolmentEvent.AgentRevoked(Noon.AddHours(12), "olga", "again"))));

        var reinvited = Do(Reinvited, new EnrolmentEvent.AgentRevoked(Noon, "olga", "stolen"));
        Assert.IsType<EnrolmentRefusal.UnknownToken>(
            RefusalOf(EnrolmentMachine.Apply(reinvited, Redeem(Other, Third))));
    }

    [Fact]
    public void Revoking_a_serial_number_takes_that_certificate_and_the_agent_if_it_uses_it()
    {
        var next = EnrolmentMachine.Apply(
            Renewing, new EnrolmentEvent.SerialRevoked(Noon.AddHours(12), "olga", Second.Serial, "odd"));
        Assert.Equal([Second.Serial], next.CutOff);
        Assert.IsType<CertificateRefusal.Revoked>(Denied(next.State, Second, Noon.AddHours(12)));
        Admit(next.State, First, Noon.AddHours(12));

        var current = Do(Renewing, new EnrolmentEvent.SerialRevoked(Noon.AddHours(12), "olga", First.Serial, "odd"));
        Assert.IsType<EnrolmentStatus.Revoked>(current.Status);
        Assert.IsType<CertificateRefusal.NotIssued>(RefusalOf(EnrolmentMachine.Apply(
            Enrolled, new EnrolmentEvent.SerialRevoked(Noon, "olga", Third.Serial, "odd"))));
    }

    [Fact]
    public void Time_takes_away_what_has_run_out()
    {
        Assert.IsType<CertificateRefusal.Expired>(Denied(Enrolled, First, First.NotAfter));
        var next = Do(Renewing, new EnrolmentEvent.Ticked(First.NotAfter));
        Assert.Equal(Second, Assert.IsType<EnrolmentStatus.Enrolled>(next.Status).Current);
        var grant = Grant(Other) with { Expires = Noon.AddDays(3) };
        var asked = Do(Enrolled, new EnrolmentEvent.Invited(Noon, grant));
        var waiting = Do(asked, new EnrolmentEvent.Ticked(First.NotAfter));
        Assert.Equal(new EnrolmentStatus.Invited(grant), waiting.Status);
        Assert.Empty(Do(Renewed, new EnrolmentEvent.Ticked(First.NotAfter)).Retired);
        var shortly = Do(
            Enrolled, new EnrolmentEvent.Invited(Noon, Grant(Other) with { Expires = Noon.AddHours(1) }));
        Assert.Null(Assert.IsType<EnrolmentStatus.Enrolled>(
            Do(shortly, new EnrolmentEvent.Ticked(Noon.AddHours(1))).Status).Invite);
    }

    [Fact]
    public void Another_agents_certificate_is_never_admitted()
    {
        var presented = new AgentCertificate(new AgentId("Bonn"), First.Serial, First.NotAfter);
        Sample.Refused<Admission, CertificateRefusal.WrongAgent>(EnrolmentMachine.Admit(Enrolled, presented, Noon));
        Assert.Throws<ArgumentException>(
            () => EnrolmentMachine.Apply(Invited, Redeem(Token, First with { Agent = new AgentId("Bonn") })));
    }

    [Fact]
    public void An_agent_that_renews_without_end_fills_nothing()
    {
        var state = Enrolled;
        for (var i = 10; i < 60; i++)
            state = Do(state, new EnrolmentEvent.Renewed(Noon, First.Serial, Certificate(i)));
        Assert.Equal(EnrolmentState.RetiredMax, state.Retired.Count);
        Assert.IsType<CertificateRefusal.NotIssued>(Denied(state, Certificate(10)));
    }

    [Fact]
    public void Invites_have_limits()
    {
        InviteGrant[] wrong =
        [
            Grant(Token) with { Expires = Noon }, Grant(Token) with { Expires = Noon.AddDays(31) },
            Grant(Token) with { By = "" }, Grant(Token) with { By = new string('x', 257) },
        ];
        foreach (var grant in wrong)
        {
            Sample.Refused<EnrolmentState, EnrolmentRefusal.Malformed>(
                EnrolmentMachine.Create(Sample.Berlin, grant, Noon));
            Assert.IsType<EnrolmentRefusal.Malformed>(
                RefusalOf(EnrolmentMachine.Apply(Enrolled, new EnrolmentEvent.Invited(Noon, grant))));
        }
    }

    [Fact]
    public void Every_event_has_an_outcome_in_every_state_and_all_of_it_can_be_stored()
    {
        var (answers, refusals) = (new List<EnrolmentAnswer>(), new List<IdentityRefusal>());
        foreach (var state in States)
        {
            foreach (var happened in Events(Noon.AddHours(12)).Concat(Events(Noon.AddDays(3))))
            {
                var transition = EnrolmentMachine.Apply(state, happened);
                answers.Add(transition.Answer);
                if (transition.Answer is EnrolmentAnswer.Refused refused) refusals.Add(refused.Refusal);
                foreach (var serial in transition.CutOff)
                {
                    var presented = new AgentCertificate(Sample.Berlin, serial, DateTimeOffset.MaxValue);
                    Assert.IsType<Outcome<Admission>.Refused>(
                        EnrolmentMachine.Admit(transition.State, presented, happened.Now));
                }

                Assert.Same(transition.State, EnrolmentMachine.Apply(
                    transition.State, new EnrolmentEvent.Ticked(happened.Now)).State);
                Assert.Equal(transition.State, IdentityJson.ReadEnrolment(IdentityJson.Write(transition.State)));
                Assert.Equal(happened, IdentityJson.ReadEnrolmentEvent(IdentityJson.Write(happened)));
            }
        }

        Unions.Covers(States.Select(state => state.Status));
        Unions.Covers(Events(Noon));
        Unions.Covers(answers);
        Unions.Covers(refusals.OfType<EnrolmentRefusal>());
        Assert.All(refusals, refusal => Assert.NotEqual("", refusal.Message));
    }

    private static EnrolmentEvent[] Events(DateTimeOffset now) =>
    [
        new EnrolmentEvent.Invited(now, Grant(Other) with { Expires = now.AddDays(1) }),
        new EnrolmentEvent.Invited(now, Grant(Other) with { Expires = now }),
        new EnrolmentEvent.Redeemed(now, Token, First), new EnrolmentEvent.Redeemed(now, Token, Third),
        new EnrolmentEvent.Redeemed(now, Other, Third), new EnrolmentEvent.Renewed(now, First.Serial, Third),
        new EnrolmentEvent.Renewed(now, Second.Serial, Third), new EnrolmentEvent.Used(now, First.Serial),
        new EnrolmentEvent.Used(now, Second.Serial), new EnrolmentEvent.AgentRevoked(now, "olga", "stolen"),
        new EnrolmentEvent.AgentRevoked(now, "olga", ""),
        new EnrolmentEvent.SerialRevoked(now, "olga", First.Serial, "stolen"),
        new EnrolmentEvent.SerialRevoked(now, "", Second.Serial, "stolen"), new EnrolmentEvent.Ticked(now),
    ];

    private static EnrolmentEvent.Redeemed Redeem(TokenHash token, IssuedCertificate certificate) =>
        new(Noon, token, certificate);

    private static InviteGrant Grant(TokenHash token) => new(token, AgentRole.Trainer, Noon.AddDays(1), "olga");

    private static TokenHash Hash(byte value) => new(new BlobHash(value, 0));

    private static IssuedCertificate Certificate(int serial, DateTimeOffset? now = null) => new(
        Sample.Berlin, new SerialNumber((UInt128)serial), now ?? Noon, (now ?? Noon).AddHours(24),
        new BlobHash(0, (UInt128)serial), "pem");

    private static EnrolmentState Do(EnrolmentState state, EnrolmentEvent happened)
    {
        var transition = EnrolmentMachine.Apply(state, happened);
        Assert.IsNotType<EnrolmentAnswer.Refused>(transition.Answer);
        return transition.State;
    }

    private static IdentityRefusal RefusalOf(EnrolmentTransition transition) =>
        Assert.IsType<EnrolmentAnswer.Refused>(transition.Answer).Refusal;

    private static Admission Admit(EnrolmentState state, IssuedCertificate certificate, DateTimeOffset? now = null) =>
        Sample.Accepted(EnrolmentMachine.Admit(state, Presented(certificate), now ?? Noon));

    private static IdentityRefusal Denied(
        EnrolmentState state, IssuedCertificate certificate, DateTimeOffset? now = null) =>
        Assert.IsType<Outcome<Admission>.Refused>(
            EnrolmentMachine.Admit(state, Presented(certificate), now ?? Noon)).Refusal;

    private static AgentCertificate Presented(IssuedCertificate certificate) =>
        new(certificate.Agent, certificate.Serial, certificate.NotAfter);
}
