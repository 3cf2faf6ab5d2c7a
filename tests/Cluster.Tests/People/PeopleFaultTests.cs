using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cluster.Tests.World;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.People;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedLowRank.Cluster.Tests.People;

/// <summary>
/// Goal: silos that die and activations that are not alone lose nothing that was answered, and whoever asks does not
/// notice. Method: silos are killed while agents enrol; another writer changes a stream behind an activation's back.
/// </summary>
public sealed class PeopleFaultTests : IAsyncLifetime
{
    private const string Olga = "olga";
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly AgentId Berlin = new("berlin");

    private ClusterWorld world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IAgentService Agents => world.Federation.Agents;

    public async ValueTask InitializeAsync() => world = await ClusterWorld.OpenAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_silo_dies_while_agents_enrol_and_all_of_them_get_in(int enrolledBefore)
    {
        var names = Enumerable.Range(0, 16).Select(i => new AgentId($"agent-{i}")).ToList();
        var invites = await Task.WhenAll(names.Select(InviteAsync));
        var enrolled = new SemaphoreSlim(0);
        var enrolments = names.Zip(invites, async (name, invite) =>
        {
            var certificate = Accepted(await Agents.RedeemAsync(name, invite.Token, NewRequest(), Token));
            enrolled.Release();
            return certificate;
        }).ToList();
        for (var i = 0; i < enrolledBefore; i++) Assert.True(await enrolled.WaitAsync(Patience, Token));
        await world.KillSiloOfAsync(world.Cluster.Client.GetGrain<IEnrolmentGrain>(names[0].Value));

        foreach (var certificate in await Task.WhenAll(enrolments)) Accepted(await AdmitAsync(certificate));
        var audited = await AuditedAsync();
        Assert.All(names, name => Assert.Contains($"agent-invite {name} Done", audited));
        Assert.All(names, name => Assert.Contains($"agent-enrol {name} Done", audited));
        Assert.Equal(names.Order(Comparer<AgentId>.Create(
            (left, right) => string.CompareOrdinal(left.Value, right.Value))),
            (await Agents.ListAsync(Token)).Select(record => record.State.Agent));
    }

    [Fact]
    public async Task The_silo_of_the_audit_log_dies_and_its_chain_goes_on()
    {
        for (var i = 0; i < 3; i++)
            await world.Federation.Audit.AppendAsync(new(Olga, "before", $"{i}", AuditOutcome.Done, []), Token);
        await world.KillSiloOfAsync(world.Cluster.Client.GetGrain<IAuditGrain>(0));
        await InviteAsync(Berlin);
        Assert.Equal(
            ["before 0 Done", "before 1 Done", "before 2 Done", "agent-invite berlin Done"], await AuditedAsync());
    }

    [Fact]
    public async Task An_activation_that_was_overtaken_goes_and_the_next_one_knows_what_was_stored()
    {
        var certificate = await EnrolAsync();
        await using var cutOff = Agents.CutOffAsync(Token).GetAsyncEnumerator(Token);
        var next = cutOff.MoveNextAsync().AsTask();

        await RevokeBehindAsync();
        Assert.Null(await Agents.RevokeAsync(Berlin, "stolen", Olga, Token));
        Assert.True(await next.WaitAsync(Patience, Token));
        Assert.Equal(certificate.Serial, cutOff.Current);
        var refused = Assert.IsType<Outcome<Admission>.Refused>(await AdmitAsync(certificate));
        Assert.IsType<CertificateRefusal.Revoked>(refused.Refusal);
        Assert.IsType<EnrolmentRefusal.AlreadyRevoked>(await Agents.RevokeAsync(Berlin, "stolen", Olga, Token));
    }

    [Fact]
    public async Task Orders_that_were_asked_for_before_a_revocation_and_arrive_after_it_end_at_once()
    {
        await EnrolAsync();
        Assert.Null(await Agents.RevokeAsync(Berlin, "stolen", Olga, Token));
        var orders = world.Federation.Runs.OrdersAsync(Berlin, AgentRole.Trainer, Token).ToListAsync(Token).AsTask();
        Assert.Empty(await orders.WaitAsync(Patience, Token));
        Assert.False(Assert.Single(await Agents.ListAsync(Token)).IsConnected);
    }

    [Fact]
    public async Task An_activation_that_was_overtaken_admits_nobody_for_long()
    {
        var certificate = await EnrolAsync();
        await RevokeBehindAsync();
        world.Clock.Advance(NewestState.LookEvery);
        var refused = Assert.IsType<Outcome<Admission>.Refused>(await AdmitAsync(certificate));
        Assert.IsType<CertificateRefusal.Revoked>(refused.Refusal);
    }

    [Fact]
    public async Task An_audit_log_that_another_has_written_is_gone_on_with_where_it_ends()
    {
        var audit = world.Federation.Audit;
        await audit.AppendAsync(new(Olga, "first", "a", AuditOutcome.Done, []), Token);
        await using (var other = await AuditService.OpenAsync(
            world.Journal, world.Authority, world.Clock, NullLogger.Instance, Token))
        {
            await other.AppendAsync(new AuditDraft(Olga, "second", "b", AuditOutcome.Done, []), Token);
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            audit.AppendAsync(new(Olga, "third", "c", AuditOutcome.Done, []), Token)));
        Assert.Equal(
            ["first a Done", "second b Done", .. Enumerable.Repeat("third c Done", 8)], await AuditedAsync());
    }

    [Fact]
    public async Task Users_that_another_has_changed_are_read_again()
    {
        var users = world.Federation.Users;
        var owner = Assert.IsType<SecretToken>(await users.BootstrapAsync(Token));
        Accepted(await users.SignInAsync(owner, Token));
        var audit = new GrainAudit(world.Cluster.Client, NullLogger.Instance);
        await using (var other = await UserBook.OpenAsync(
            world.Journal, snapshotEntries: 1000, audit, world.Clock, NullLogger.Instance, Token))
        {
            Assert.Null(await other.CreateAsync(new("vera"), AdminRole.Viewer, new(default), Day, Olga, Token));
            Assert.Null(await other.RevokeAsync(new("vera"), Olga, Token));
        }

        // The first attempt finds the change, the second one that it is made.
        world.Clock.Advance(NewestState.LookEvery);
        Assert.Null(await users.RevokeAsync(new("vera"), Olga, Token));
        Assert.IsType<UserRefusal.NoSuchUser>(await users.RevokeAsync(new("vera"), Olga, Token));
        Assert.Equal(["owner", "vera"], (await users.ListAsync(Token)).Select(user => user.Name.Value));
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_is_told_and_the_agent_gets_in_once_it_can()
    {
        var certificate = await EnrolAsync();
        await world.Cluster.DeactivateAsync(world.Cluster.Client.GetGrain<IEnrolmentGrain>(Berlin.Value));
        world.Journal.FailsToRead = stream => stream == "agents/berlin";
        var error = await Assert.ThrowsAsync<JournalException>(() => AdmitAsync(certificate));
        Assert.Equal(JournalError.Unavailable, error.Error);
        world.Journal.FailsToRead = _ => false;
        Accepted(await AdmitAsync(certificate));
    }

    [Fact]
    public async Task A_stranger_stays_in_no_memory()
    {
        var stranger = world.Cluster.Client.GetGrain<IEnrolmentGrain>("stranger").GetGrainId();
        var refused = Assert.IsType<Outcome<Admission>.Refused>(await Agents.AdmitAsync(
            new(new("stranger"), new(1), world.Clock.GetUtcNow() + Day), Token));
        Assert.IsType<CertificateRefusal.NotIssued>(refused.Refusal);
        await world.Cluster.WaitForDeactivationAsync(stranger).WaitAsync(Patience, Token);
        Assert.False(world.Cluster.TryGetGrainContext(stranger, out _));
    }

    [Fact]
    public async Task A_long_audit_log_is_read_from_any_entry_on()
    {
        var audit = world.Federation.Audit;
        await Task.WhenAll(Enumerable.Range(1, 600).Select(i =>
            audit.AppendAsync(new(Olga, "much", $"{i}", AuditOutcome.Done, []), Token)));
        Assert.Equal(600, (await AuditedAsync()).Count);
        foreach (var first in new[] { 1, 256, 257, 600, 601 })
        {
            var lines = await audit.ReadAsync(first, Token).ToListAsync(Token);
            Assert.Equal(601 - first, lines.Count);
            if (lines.Count > 0) Assert.Equal(first, AuditJson.ReadEntry(lines[0].Span).Sequence);
        }
    }

    private static T Accepted<T>(Outcome<T> outcome)
        where T : notnull => Assert.IsType<Outcome<T>.Accepted>(outcome).Value;

    private static AgentRequest NewRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Accepted(AgentRequest.Read(AgentRequest.Create(key)));
    }

    private async Task<IssuedInvite> InviteAsync(AgentId agent) =>
        Accepted(await Agents.InviteAsync(agent, AgentRole.Trainer, Day, Olga, Token));

    private async Task<IssuedCertificate> EnrolAsync()
    {
        var invite = await InviteAsync(Berlin);
        return Accepted(await Agents.RedeemAsync(Berlin, invite.Token, NewRequest(), Token));
    }

    private Task<Outcome<Admission>> AdmitAsync(IssuedCertificate certificate) =>
        Agents.AdmitAsync(new(certificate.Agent, certificate.Serial, certificate.NotAfter), Token);

    /// <summary>As an activation on a silo that was parted from the others, and died before it told anybody.</summary>
    private async Task RevokeBehindAsync()
    {
        var stream = Enrolment.NewStream(world.Journal, Berlin, snapshotEntries: 1000, NullLogger.Instance);
        await stream.LoadAsync(Token);
        var audit = new GrainAudit(world.Cluster.Client, NullLogger.Instance);
        await using var other = new Enrolment(Berlin, stream, audit, world.Clock, _ => { });
        Assert.Null(await other.RevokeAsync("stolen", Olga, Token));
    }

    private async Task<List<string>> AuditedAsync()
    {
        var audit = world.Federation.Audit;
        await audit.SignHeadAsync(Token);
        var lines = await audit.ReadAsync(1, Token).ToListAsync(Token);
        var heads = await audit.SignedHeadsAsync(Token);
        Assert.IsType<AuditVerdict.Intact>(AuditCheck.Verify(lines, [.. heads], world.Authority.Certificate));
        return
        [
            .. lines.Select(line => AuditJson.ReadEntry(line.Span))
                .Select(entry => $"{entry.Action} {entry.Target} {entry.Outcome}"),
        ];
    }
}
