using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Goal: what every implementation of the service owes to agents, users and the audit log. Method: real keys and
/// certificates, with a clock that stands still until told, and a restart where memory could pretend to be a disk.
/// </summary>
public abstract class PeopleSuite : IAsyncLifetime
{
    private const string Olga = "olga";
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly AgentId Berlin = new("berlin");

    protected FederationWorld World { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IAgentService Agents => World.Federation.Agents;

    protected IUserService Users => World.Federation.Users;

    public async ValueTask InitializeAsync() => World = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await World.DisposeAsync();
    }

    protected abstract Task<FederationWorld> OpenAsync();

    [Fact]
    public async Task An_agent_is_invited_enrols_renews_and_its_first_use_replaces_the_old_certificate()
    {
        var first = await EnrolAsync();
        Assert.Equal(AgentRole.Trainer, Accepted(await Agents.AdmitAsync(first, Token)).Role);
        var second = Presented(Accepted(await Agents.RenewAsync(first, NewRequest(), Token)));
        Accepted(await Agents.AdmitAsync(first, Token));

        await using var cutOff = Agents.CutOffAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(Accepted(await Agents.AdmitAsync(second, Token)).IsFirstUse);
        Assert.False(Accepted(await Agents.AdmitAsync(second, Token)).IsFirstUse);
        Assert.Equal(first.Serial, await NextAsync(cutOff));
        Refused<Admission, CertificateRefusal.Superseded>(await Agents.AdmitAsync(first, Token));

        await World.RestartAsync(isCrash: true);
        Refused<Admission, CertificateRefusal.Superseded>(await Agents.AdmitAsync(first, Token));
        Accepted(await Agents.AdmitAsync(second, Token));
    }

    [Fact]
    public async Task An_invite_is_redeemed_once_and_its_holder_may_ask_again()
    {
        var invite = await InviteAsync();
        var request = NewRequest();
        var first = Accepted(await Agents.RedeemAsync(Berlin, invite.Token, request, Token));
        await World.RestartAsync(isCrash: true);
        Assert.Equal(first, Accepted(await Agents.RedeemAsync(Berlin, invite.Token, request, Token)));
        Refused<IssuedCertificate, EnrolmentRefusal.AlreadyRedeemed>(
            await Agents.RedeemAsync(Berlin, invite.Token, NewRequest(), Token));
        Assert.Equal(
            ["agent-invite Done", "agent-enrol Done", "agent-enrol Refused"], await AuditedAsync());
    }

    [Fact]
    public async Task Of_many_who_redeem_one_invite_at_once_one_gets_a_certificate()
    {
        var invite = await InviteAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16)
            .Select(_ => Agents.RedeemAsync(Berlin, invite.Token, NewRequest(), Token)));
        Assert.Single(outcomes, outcome => outcome is Outcome<IssuedCertificate>.Accepted);
    }

    [Fact]
    public async Task An_invite_that_has_expired_or_that_nobody_gave_enrols_nobody()
    {
        var invite = await InviteAsync();
        World.Clock.Advance(Day);
        Refused<IssuedCertificate, EnrolmentRefusal.InviteExpired>(
            await Agents.RedeemAsync(Berlin, invite.Token, NewRequest(), Token));
        Refused<IssuedCertificate, EnrolmentRefusal.UnknownToken>(
            await Agents.RedeemAsync(new("nobody"), invite.Token, NewRequest(), Token));
        Refused<IssuedInvite, EnrolmentRefusal.Malformed>(
            await Agents.InviteAsync(Berlin, AgentRole.Trainer, TimeSpan.MaxValue, Olga, Token));
        Refused<IssuedInvite, EnrolmentRefusal.Malformed>(
            await Agents.InviteAsync(new("new"), AgentRole.Trainer, TimeSpan.Zero, Olga, Token));
        Assert.Equal([Berlin], (await Agents.ListAsync(Token)).Select(record => record.State.Agent));
    }

    [Fact]
    public async Task A_revoked_agent_is_cut_off_at_once_and_stays_out_until_it_is_invited_again()
    {
        var certificate = await EnrolAsync();
        var cutOff = Agents.CutOffAsync(Token).FirstAsync(Token).AsTask();
        var orders = World.Federation.Runs.OrdersAsync(Berlin, AgentRole.Trainer, Token).ToListAsync(Token).AsTask();
        Assert.Null(await Agents.RevokeAsync(Berlin, "its disk was stolen", Olga, Token));
        Assert.Equal(certificate.Serial, await cutOff.WaitAsync(Patience, Token));
        Assert.Empty(await orders.WaitAsync(Patience, Token));
        Assert.False(Assert.Single(await Agents.ListAsync(Token)).IsConnected);
        Refused<Admission, CertificateRefusal.Revoked>(await Agents.AdmitAsync(certificate, Token));
        Assert.IsType<EnrolmentRefusal.AlreadyRevoked>(await Agents.RevokeAsync(Berlin, "again", Olga, Token));
        Assert.IsType<EnrolmentRefusal.NotEnrolled>(await Agents.RevokeAsync(new("nobody"), "why not", Olga, Token));

        await World.RestartAsync(isCrash: true);
        Refused<Admission, CertificateRefusal.Revoked>(await Agents.AdmitAsync(certificate, Token));
        Accepted(await Agents.AdmitAsync(await EnrolAsync(), Token));
    }

    [Fact]
    public async Task A_certificate_that_runs_out_is_cut_off_without_anybody_asking()
    {
        var certificate = await EnrolAsync();
        await using var cutOff = Agents.CutOffAsync(Token).GetAsyncEnumerator(Token);
        var next = NextAsync(cutOff);
        World.Clock.Advance(CertificateLifetimes.AgentMax);
        Assert.Equal(certificate.Serial, await next);
        Assert.IsType<EnrolmentStatus.Expired>(Assert.Single(await Agents.ListAsync(Token)).State.Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_an_agent_says_of_itself_and_whether_it_listens_is_shown()
    {
        await EnrolAsync();
        var facts = new AgentFacts("1.0", "cpu (8 cores)", 0.5, 3, 1e-5);
        await Agents.ReportAsync(Berlin, facts, Token);
        var record = Assert.Single(await Agents.ListAsync(Token));
        Assert.Equal((facts, false, null), (record.Facts, record.IsConnected, record.LastSeen));

        var agent = new TestAgent(Berlin);
        agent.Connect(World);
        while (!(await Agents.ListAsync(Token))[0].IsConnected) await Task.Yield();
        await agent.DisconnectAsync();
        record = Assert.Single(await Agents.ListAsync(Token));
        Assert.Equal((false, FederationWorld.Noon), (record.IsConnected, record.LastSeen));
    }

    [Fact]
    public async Task What_an_agent_says_went_wrong_is_kept_until_it_says_something_else()
    {
        await EnrolAsync();
        Assert.Null(await Agents.FindTroubleAsync(Berlin, Token));
        Assert.Null(Assert.Single(await Agents.ListAsync(Token)).LastError);
        var first = new AgentTrouble(
            new(AgentErrorKind.Training, FederationWorld.Noon, new("spam"), "3.1"), ["one <b>line", "another"]);
        await Agents.TellTroubleAsync(Berlin, first, Token);
        Assert.Equal(first, await Agents.FindTroubleAsync(Berlin, Token));
        Assert.Equal(first.Error, Assert.Single(await Agents.ListAsync(Token)).LastError);
        var second = new AgentTrouble(new(AgentErrorKind.Ledger, FederationWorld.Noon, Run: null, Round: null), []);
        await Agents.TellTroubleAsync(Berlin, second, Token);
        Assert.Equal(second, await Agents.FindTroubleAsync(Berlin, Token));
        Assert.Null(await Agents.FindTroubleAsync(new("nobody"), Token));
    }

    [Fact]
    public async Task The_first_owner_is_made_once_and_makes_the_others()
    {
        var lost = Assert.IsType<SecretToken>(await Users.BootstrapAsync(Token));
        var owner = Assert.IsType<SecretToken>(await Users.BootstrapAsync(Token));
        Refused<SignedInUser, UserRefusal.UnknownToken>(await Users.SignInAsync(lost, Token));
        Accepted(await Users.SignInAsync(owner, Token));
        Assert.Null(await Users.BootstrapAsync(Token));
        var viewer = Accepted(await Users.CreateAsync(new("vera"), AdminRole.Viewer, Day, "owner", Token));
        Assert.Equal(new("vera", AdminRole.Viewer), Accepted(await Users.SignInAsync(viewer, Token)));
        Refused<SecretToken, UserRefusal.NameTaken>(
            await Users.CreateAsync(new("vera"), AdminRole.Owner, Day, "vera", Token));
        Refused<SecretToken, UserRefusal.Malformed>(
            await Users.CreateAsync(new("long"), AdminRole.Viewer, TimeSpan.MaxValue, "owner", Token));

        await World.RestartAsync(isCrash: true);
        Assert.Null(await Users.BootstrapAsync(Token));
        Assert.Equal(AdminRole.Owner, Accepted(await Users.SignInAsync(owner, Token)).Role);
        Assert.Null(await Users.RevokeAsync(new("vera"), "owner", Token));
        Refused<SignedInUser, UserRefusal.Revoked>(await Users.SignInAsync(viewer, Token));
        Assert.IsType<UserRefusal.LastOwner>(await Users.RevokeAsync(UsersMachine.BootstrapName, "owner", Token));
        Assert.Equal(["owner", "vera"], (await Users.ListAsync(Token)).Select(user => user.Name.Value).Order());
        Assert.Equal(
            [
                "user-bootstrap Done", "user-bootstrap Done", "user-create Done", "user-create Refused",
                "user-create Refused",
                "user-revoke Done", "user-revoke Refused",
            ],
            await AuditedAsync());
    }

    [Fact]
    public async Task When_a_token_was_last_used_is_kept()
    {
        var owner = Assert.IsType<SecretToken>(await Users.BootstrapAsync(Token));
        World.Clock.Advance(TimeSpan.FromHours(2));
        Accepted(await Users.SignInAsync(owner, Token));
        await World.RestartAsync(isCrash: true);
        Assert.Equal(FederationWorld.Noon.AddHours(2), Assert.Single(await Users.ListAsync(Token)).LastUsed);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_audit_log_is_one_chain_over_restarts_and_is_signed_when_an_hour_has_passed()
    {
        Assert.Equal(0, await World.Federation.Audit.LastAsync(Token));
        for (var i = 0; i < 3; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => World.Federation.Audit.AppendAsync(
                new("gateway", "denied", $"{number}", AuditOutcome.Denied, []), Token)));
            Assert.Equal(20 * (i + 1), await World.Federation.Audit.LastAsync(Token));
            await World.RestartAsync(isCrash: i == 1);
        }

        Assert.Equal(60, (await AuditedAsync()).Count);
        var signed = (await World.Federation.Audit.SignedHeadsAsync(Token)).Count;
        await World.Federation.Audit.AppendAsync(new("gateway", "denied", "late", AuditOutcome.Denied, []), Token);
        for (var hour = 0; hour < 3; hour++) World.Clock.Advance(TimeSpan.FromHours(1));
        while ((await World.Federation.Audit.SignedHeadsAsync(Token)).Count == signed)
        {
            World.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.Equal(61, (await World.Federation.Audit.SignedHeadsAsync(Token))[^1].Head.Sequence);
        Assert.Equal(61, await World.Federation.Audit.LastAsync(Token));
        var late = await World.Federation.Audit.ReadAsync(61, Token).SingleAsync(Token);
        Assert.Equal("late", AuditJson.ReadEntry(late.Span).Target);
    }

    protected static T Accepted<T>(Outcome<T> outcome)
        where T : notnull => Assert.IsType<Outcome<T>.Accepted>(outcome).Value;

    protected static void Refused<T, TRefusal>(Outcome<T> outcome)
        where T : notnull
        where TRefusal : IdentityRefusal => Assert.IsType<TRefusal>(Assert.IsType<Outcome<T>.Refused>(outcome).Refusal);

    protected async Task<AgentCertificate> EnrolAsync()
    {
        var invite = await InviteAsync();
        return Presented(Accepted(await Agents.RedeemAsync(Berlin, invite.Token, NewRequest(), Token)));
    }

    private static AgentRequest NewRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Accepted(AgentRequest.Read(AgentRequest.Create(key)));
    }

    private static AgentCertificate Presented(IssuedCertificate issued) =>
        new(issued.Agent, issued.Serial, issued.NotAfter);

    private static async Task<SerialNumber> NextAsync(IAsyncEnumerator<SerialNumber> cutOff)
    {
        Assert.True(await cutOff.MoveNextAsync().AsTask().WaitAsync(Patience, Token));
        return cutOff.Current;
    }

    private async Task<IssuedInvite> InviteAsync() =>
        Accepted(await Agents.InviteAsync(Berlin, AgentRole.Trainer, Day, Olga, Token));

    private async Task<List<string>> AuditedAsync()
    {
        var audit = World.Federation.Audit;
        await audit.SignHeadAsync(Token);
        var lines = await audit.ReadAsync(1, Token).ToListAsync(Token);
        var heads = await audit.SignedHeadsAsync(Token);
        Assert.IsType<AuditVerdict.Intact>(AuditCheck.Verify(lines, [.. heads], World.Authority.Certificate));
        return [.. lines.Select(line => AuditJson.ReadEntry(line.Span)).Select(e => $"{e.Action} {e.Outcome}")];
    }
}
