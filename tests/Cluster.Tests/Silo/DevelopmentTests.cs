using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Privacy;
using FedLowRank.Training;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>
/// Goal: a silo starts, says how it is, takes nobody for another silo who is none, drains and ends well. Method: the
/// program itself as a process, alone on a folder.
/// </summary>
public sealed class DevelopmentTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private readonly IRandomSource random = new CryptographicRandomSource();
    private SiloProcess silo = null!;
    private JsonElement served;
    private int siloPort;
    private int clientPort;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Config => Path.Combine(folder, "silo.json");

    private Uri Health => new(served.GetProperty("health").GetString()!);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals there");
        var ports = SiloProcess.FreePorts(2);
        (siloPort, clientPort) = (ports[0], ports[1]);
        await File.WriteAllTextAsync(Config, JsonSerializer.Serialize(new
        {
            folder = "data",
            silo = new { endpoint = $"127.0.0.1:{siloPort}", gateway = $"127.0.0.1:{clientPort}" },
            agents = "127.0.0.1:0",
            admin = "127.0.0.1:0",
            health = "127.0.0.1:0",
            ownerProfile = "owner.json",
            drainSeconds = 60,
        }), Token);
        silo = SiloProcess.Start(Config);
        served = await silo.ServesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (silo is not null) await silo.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_serves_its_owner_and_keeps_what_it_was_told()
    {
        using var http = new HttpClient();
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri(Health, "/health/ready"), Token));
        Assert.Equal("live\n", await http.GetStringAsync(new Uri(Health, "/health/live"), Token));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(Health, "/v1/runs"), Token)).StatusCode);
        await SeesNoRunsAsync();

        await silo.AskToEndAsync();
        Assert.Equal(0, await silo.EndAsync());
        var authority = served.GetProperty("authority").GetString();
        var owner = await File.ReadAllTextAsync(Path.Combine(folder, "owner.json"), Token);
        await silo.DisposeAsync();
        silo = SiloProcess.Start(Config);
        served = await silo.ServesAsync();
        Assert.Equal(authority, served.GetProperty("authority").GetString());
        await SeesNoRunsAsync();
        Assert.Equal(
            JsonDocument.Parse(owner).RootElement.GetProperty("token").GetString(),
            ProfileFile.Read(Path.Combine(folder, "owner.json")).Token);
    }

    [Fact]
    public async Task It_drains_before_it_ends()
    {
        // A request that is half there when the signal comes: answered all the same.
        var body = Encoding.UTF8.GetBytes("""{ "invite": "none", "request": "none" }""");
        await using var admin = await AdminStreamAsync();
        var half = Encoding.ASCII.GetBytes(
            $"POST /v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
            $"Content-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        await admin.WriteAsync(half, Token);
        await admin.WriteAsync(body.AsMemory(0, 10), Token);
        await admin.FlushAsync(Token);
        using var http = new HttpClient();
        await silo.AskToEndAsync();
        while (true)
        {
            var ready = await http.GetAsync(new Uri(Health, "/health/ready"), Token);
            if (ready.StatusCode == HttpStatusCode.OK) continue;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal("draining\n", await ready.Content.ReadAsStringAsync(Token));
            break;
        }

        Assert.Equal("live\n", await http.GetStringAsync(new Uri(Health, "/health/live"), Token));
        await admin.WriteAsync(body.AsMemory(10), Token);
        await admin.FlushAsync(Token);
        using var answer = new StreamReader(admin);
        Assert.StartsWith("HTTP/1.1 4", await answer.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Equal(0, await silo.EndAsync());
    }

    [Fact]
    public async Task Only_processes_of_the_cluster_are_let_in()
    {
        using var authority = AuthorityFile.Load(Path.Combine(folder, "data", "authority.pem"), null).Authority;
        using var other = CertificateAuthority.Create(DateTimeOffset.UtcNow, random);
        foreach (var port in new[] { siloPort, clientPort })
        {
            Assert.True(await IsOpenAfterAsync(Second, port, Member(authority, "fedlowrank")), "a member");
            Assert.False(await IsOpenAfterAsync(Minute, port, null), "nobody");
            Assert.False(await IsOpenAfterAsync(Minute, port, Agent(authority)), "an agent");
            Assert.False(await IsOpenAfterAsync(Minute, port, Server(authority)), "a server");
            Assert.False(await IsOpenAfterAsync(Minute, port, Member(authority, "another")), "of another cluster");
            Assert.False(await IsOpenAfterAsync(Minute, port, Member(other, "fedlowrank")), "of another authority");
        }

        Assert.Contains("wrong-use", silo.Log, StringComparison.Ordinal);
        Assert.Contains("wrong-cluster", silo.Log, StringComparison.Ordinal);
        Assert.Contains("unknown-issuer", silo.Log, StringComparison.Ordinal);
        await SeesNoRunsAsync();
    }

    [Fact]
    public async Task A_folder_in_use_is_not_opened_twice()
    {
        await using var second = SiloProcess.Start(Config);
        Assert.Equal(1, await second.EndAsync());
        Assert.Contains("storage", second.Log, StringComparison.Ordinal);
    }

    /// <summary>Whether the silo keeps the connection, to wait for a first message, rather than closing it.</summary>
    private static async Task<bool> IsOpenAfterAsync(TimeSpan patience, int port, X509Certificate2? shown)
    {
        using var certificate = shown;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Token);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    ClientCertificates = certificate is null ? null : [certificate],
                    RemoteCertificateValidationCallback = (_, silo, _, _) => silo is not null,
                },
                Token);

            return await tls.ReadAsync(new byte[1], Token).AsTask().WaitAsync(patience, Token) > 0;
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private X509Certificate2 Member(CertificateAuthority authority, string cluster) =>
        Accepted(authority.IssueMember(cluster, DateTimeOffset.UtcNow, random));

    private X509Certificate2 Server(CertificateAuthority authority) =>
        Accepted(authority.IssueServer(["localhost"], DateTimeOffset.UtcNow, random));

    private X509Certificate2 Agent(CertificateAuthority authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Accepted(AgentRequest.Read(AgentRequest.Create(key)));
        var issued = Accepted(authority.IssueAgent(
            new AgentId("berlin"), request, CertificateLifetimes.Agent, DateTimeOffset.UtcNow, random));
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        return certificate.CopyWithPrivateKey(key);
    }

    private static T Accepted<T>(Outcome<T> outcome)
        where T : notnull => Assert.IsType<Outcome<T>.Accepted>(outcome).Value;

    private Task SeesNoRunsAsync() => AdminApi.SeesNoRunsAsync(Path.Combine(folder, "owner.json"));

    private async Task<SslStream> AdminStreamAsync()
    {
        var address = new Uri(served.GetProperty("admin").GetString()!);
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, Token);
        var tls = new SslStream(
            client.GetStream(), leaveInnerStreamOpen: false, (_, server, _, _) => server is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        return tls;
    }
}
