using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: only an agent whose certificate is admitted now is served. Method: every kind of wrong certificate over real
/// TLS.
/// </summary>
public class HandshakeTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_enrolled_agent_is_served(string version)
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = rig.Agent(await rig.EnrolAsync("berlin"), Version.Parse(version));
        using var answer = await agent.GetAsync(Routes.Agent.Self);
        Assert.Equal(Version.Parse(version), answer.Version);
        var self = await Task.FromResult(answer).ReadAsync(WireJson.Default.AgentSelf);
        Assert.Equal(("berlin", AgentRole.Trainer), (self.Agent.Value, self.Role));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.True(answer.Headers.Contains("Strict-Transport-Security"));
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Without_a_certificate_there_is_no_connection()
    {
        await using var rig = await GatewayRig.StartAsync();
        await DeniedAsync(rig, certificate: null);
    }

    [Fact]
    public async Task A_self_signed_certificate_is_turned_away()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=berlin", key, HashAlgorithmName.SHA256);
        using var own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await DeniedAsync(rig, own);
    }

    [Fact]
    public async Task The_right_name_by_another_authority_is_turned_away()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.EnrolAsync("berlin");
        using var other = CertificateAuthority.Create(rig.Time.GetUtcNow(), new SystemBytes());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = GatewayRig.Accepted(other.IssueAgent(
            new("berlin"), GatewayRig.Accepted(AgentRequest.Read(AgentRequest.Create(key))),
            CertificateLifetimes.Agent, rig.Time.GetUtcNow(), new SystemBytes()));
        await DeniedAsync(rig, GatewayRig.Joined(issued.Pem, key));
    }

    [Fact]
    public async Task The_servers_own_certificate_is_no_agents()
    {
        await using var rig = await GatewayRig.StartAsync();
        var own = GatewayRig.Accepted(rig.Authority.IssueServer(["berlin"], rig.Time.GetUtcNow(), new SystemBytes()));
        await DeniedAsync(rig, own);
    }

    [Fact]
    public async Task A_certificate_that_was_signed_and_never_issued_is_refused()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.EnrolAsync("berlin");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = GatewayRig.Accepted(rig.Authority.IssueAgent(
            new("berlin"), GatewayRig.Accepted(AgentRequest.Read(AgentRequest.Create(key))),
            CertificateLifetimes.Agent, rig.Time.GetUtcNow(), new SystemBytes()));
        using var agent = rig.Agent(GatewayRig.Joined(issued.Pem, key));
        await agent.GetAsync(Routes.Agent.Self).RefusedAsync(403, "certificate-not-issued");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_on_an_open_connection_and_in_the_handshake()
    {
        await using var rig = await GatewayRig.StartAsync();
        var certificate = await rig.EnrolAsync("berlin");
        using var agent = rig.Agent(certificate);
        await agent.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);
        rig.Time.Advance(TimeSpan.FromHours(25));
        await agent.GetAsync(Routes.Agent.Self).RefusedAsync(403, "certificate-expired");
        await DeniedAsync(rig, certificate);
    }

    [Fact]
    public async Task A_renewed_certificate_takes_the_place_of_the_one_before()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var before = rig.Agent(await rig.EnrolAsync("berlin"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var renewed = await before
            .PostAsync(Routes.Agent.Renew, Answers.Json(new(AgentRequest.Create(key)), WireJson.Default.RenewRequest))
            .ReadAsync(WireJson.Default.CertificateAnswer);
        Assert.Equal(rig.Server.AgentAddress, renewed.Server);
        await before.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);
        using var after = rig.Agent(GatewayRig.Joined(renewed.Certificate, key));
        await after.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);
        Assert.Equal("certificate-superseded", await CodeOrAbortAsync(before));
    }

    [Fact]
    public async Task A_revoked_agent_loses_its_open_connections_within_a_second()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        using var stream = await agent.GetStreamAsync(Routes.Agent.Orders);
        await rig.Federation.Agents.RevokeAsync(new("berlin"), "stolen", "test");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadAsync(new byte[256]) > 0) { }
            throw new EndOfStreamException();
        });
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
        await agent.GetAsync(Routes.Agent.Self).RefusedAsync(403, "certificate-revoked");
    }

    [Fact]
    public async Task A_cut_off_that_came_while_the_news_was_broken_is_not_missed()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        using var stream = await agent.GetStreamAsync(Routes.Agent.Orders);
        rig.Federation.Agents.Forget(new("berlin"));
        rig.Federation.Agents.BreakNews();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadAsync(new byte[256]) > 0) { }
            throw new EndOfStreamException();
        });
    }

    [Fact]
    public async Task Old_versions_of_TLS_are_not_spoken()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Server.AdminEndpoint);
        await using var tls = new SslStream(socket.GetStream());
#pragma warning disable SYSLIB0039, CA5359, CA5397, CA5398
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls11,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        }));
#pragma warning restore SYSLIB0039, CA5359, CA5397, CA5398
    }

    [Fact]
    public async Task The_servers_certificate_is_renewed_at_half_its_life_without_a_restart()
    {
        await using var rig = await GatewayRig.StartAsync();
        var first = await ShownAsync(rig);
        Assert.Equal(first, await ShownAsync(rig));
        rig.Time.Advance(TimeSpan.FromDays(16));
        Assert.NotEqual(first, await ShownAsync(rig));
    }

    [Fact]
    public async Task An_agent_has_so_many_connections_and_no_more()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { ConnectionsPerAgentMax = 2 },
        });
        var certificate = await rig.EnrolAsync("berlin");
        List<Stream> streams = [];
        for (var i = 0; i < 2; i++) streams.Add(await rig.Agent(certificate).GetStreamAsync(Routes.Agent.Orders));
        await DeniedAsync(rig, certificate);
        using var other = await rig.AgentAsync("paris");
        await other.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    [Fact]
    public async Task Renewals_are_counted_as_each_is_kept_for_good()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { Renewals = new(Burst: 2, PerSecond: 0.001) },
        });
        using var agent = await rig.AgentAsync("berlin");
        for (var i = 0; i < 2; i++)
            await RenewAsync().ReadAsync(WireJson.Default.CertificateAnswer);
        await RenewAsync().RefusedAsync(429, "too-many-requests");
        await agent.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);

        async Task<HttpResponseMessage> RenewAsync()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return await agent.PostAsync(
                Routes.Agent.Renew,
                Answers.Json(new(AgentRequest.Create(key)), WireJson.Default.RenewRequest));
        }
    }

    private static async Task DeniedAsync(GatewayRig rig, X509Certificate2? certificate)
    {
        using var agent = rig.Agent(certificate);
        await Assert.ThrowsAsync<HttpRequestException>(() => agent.GetAsync(Routes.Agent.Self));
    }

    // The cut-off may end the idle connection first; then the client dials again, and is told.
    private static async Task<string> CodeOrAbortAsync(HttpClient client) =>
        await CodeAsync(client) ?? await CodeAsync(client) ?? "aborted twice";

    private static async Task<string?> CodeAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync(Routes.Agent.Self).RefusedAsync(403, "certificate-superseded")).Code;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<string> ShownAsync(GatewayRig rig)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Server.AdminEndpoint);
        await using var tls = new SslStream(socket.GetStream(), false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }
}
