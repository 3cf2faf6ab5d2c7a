using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: the checks hold in a real handshake, in both directions. Method: two ends of TLS on loopback with nothing but
/// <see cref="PeerCheck"/> as their judge.
/// </summary>
public class MutualTlsTests
{
    private static readonly X509Certificate2 Root = Sample.Authority.Certificate;

    [Fact]
    public async Task Two_ends_of_one_authority_talk()
    {
        using var server = Sample.IssueServer();
        using var agent = Sample.IssueWithKey();
        var seen = await Handshake(server, agent);
        Assert.Equal(Sample.Berlin, Sample.Accepted(seen.OfAgent!).Agent);
        Sample.Accepted(seen.OfServer!);
        Assert.True(seen.IsConnected);
    }

    [Fact]
    public async Task An_agent_without_a_certificate_is_turned_away()
    {
        using var server = Sample.IssueServer();
        var seen = await Handshake(server, agent: null);
        Sample.Refused<AgentCertificate, CertificateRefusal.Missing>(seen.OfAgent!);
        Assert.False(seen.IsConnected);
    }

    [Fact]
    public async Task An_agent_of_a_foreign_authority_is_turned_away()
    {
        using var foreign = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        using var server = Sample.IssueServer();
        using var agent = Sample.IssueWithKey(foreign);
        var seen = await Handshake(server, agent);
        Sample.Refused<AgentCertificate, CertificateRefusal.UnknownIssuer>(seen.OfAgent!);
        Assert.False(seen.IsConnected);
    }

    [Fact]
    public async Task An_agent_whose_certificate_has_expired_is_turned_away()
    {
        using var server = Sample.IssueServer();
        using var agent = Sample.IssueWithKey();
        var seen = await Handshake(server, agent, Sample.Noon.AddHours(25));
        Sample.Refused<AgentCertificate, CertificateRefusal.Expired>(seen.OfAgent!);
        Assert.False(seen.IsConnected);
    }

    [Fact]
    public async Task An_agent_turns_a_server_of_a_foreign_authority_away()
    {
        using var foreign = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        using var server = Sample.IssueServer(foreign);
        using var agent = Sample.IssueWithKey();
        var seen = await Handshake(server, agent);
        Sample.Refused<X509Certificate2, CertificateRefusal.UnknownIssuer>(seen.OfServer!);
        Assert.False(seen.IsConnected);
    }

    [Fact]
    public async Task A_certificate_revoked_between_two_requests_opens_the_first_only()
    {
        using var server = Sample.IssueServer();
        using var key = Sample.NewKey();
        var issued = Sample.Issue(key);
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        using var agent = certificate.CopyWithPrivateKey(key);
        var token = SecretToken.Create(Sample.Random).Hash();
        var grant = new InviteGrant(token, AgentRole.Trainer, Sample.Noon.AddDays(1), "olga");
        var invited = Sample.Accepted(EnrolmentMachine.Create(Sample.Berlin, grant, Sample.Noon));
        var enrolled = EnrolmentMachine.Apply(invited, new EnrolmentEvent.Redeemed(Sample.Noon, token, issued)).State;

        var presented = Sample.Accepted((await Handshake(server, agent)).OfAgent!);
        Sample.Accepted(EnrolmentMachine.Admit(enrolled, presented, Sample.Noon));
        var revoked = EnrolmentMachine.Apply(
            enrolled, new EnrolmentEvent.SerialRevoked(Sample.Noon, "olga", presented.Serial, "stolen"));
        Assert.Equal([presented.Serial], revoked.CutOff);

        // The handshake knows no enrolment; the request is where the answer is no.
        presented = Sample.Accepted((await Handshake(server, agent)).OfAgent!);
        Sample.Refused<Admission, CertificateRefusal.Revoked>(
            EnrolmentMachine.Admit(revoked.State, presented, Sample.Noon));
    }

    private static async Task<Seen> Handshake(
        X509Certificate2 server, X509Certificate2? agent, DateTimeOffset? clock = null)
    {
        var now = clock ?? Sample.Noon;
        var seen = new Seen();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptTcpClientAsync();
        await using var serverEnd = new SslStream(accepted.GetStream());
        await using var clientEnd = new SslStream(client.GetStream());

        var serving = Greets(serverEnd, serverEnd.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = server,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                seen.OfAgent = PeerCheck.Agent(certificate as X509Certificate2, Root, now);
                return seen.OfAgent is Outcome<AgentCertificate>.Accepted;
            },
        }));
        var dialling = Greets(clientEnd, clientEnd.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = agent is null ? null : [agent],
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                seen.OfServer = PeerCheck.Server(certificate as X509Certificate2, Root, "localhost", now);
                return seen.OfServer is Outcome<X509Certificate2>.Accepted;
            },
        }));
        seen.IsConnected = (await Task.WhenAll(serving, dialling)).All(isGreeted => isGreeted);
        return seen;
    }

    /// <summary>A client of TLS 1.3 is done before it is judged, so each end must also hear a byte.</summary>
    private static async Task<bool> Greets(SslStream end, Task handshake)
    {
        try
        {
            await handshake.WaitAsync(TimeSpan.FromSeconds(20));
            await end.WriteAsync(new byte[] { 42 });
            var heard = new byte[1];
            return await end.ReadAsync(heard).AsTask().WaitAsync(TimeSpan.FromSeconds(20)) == 1 && heard[0] == 42;
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            end.Close();
            return false;
        }
    }

    private sealed class Seen
    {
        public Outcome<AgentCertificate>? OfAgent { get; set; }

        public Outcome<X509Certificate2>? OfServer { get; set; }

        public bool IsConnected { get; set; }
    }
}
