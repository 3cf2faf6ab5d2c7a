using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests;

/// <summary>Goal: what no honest client sends holds nothing. Method: bytes by hand over TLS.</summary>
public class RawTests
{
    [Theory]
    [InlineData("GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: {16k}\r\n\r\n", "431")]
    [InlineData("GET /v1/health?{16k} HTTP/1.1\r\nHost: localhost\r\n\r\n", "414")]
    [InlineData("GET /v1/health HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n", "400")]
    [InlineData("GET /v1/health HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /v1/health HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n", "400")]
    [InlineData("POST /v1/enrol HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400")]
    [InlineData("POST /v1/enrol HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nhello", "400")]
    [InlineData("POST /v1/enrol HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400")]
    [InlineData("GET /v1/a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    public async Task What_is_no_request_is_refused_and_hung_up_on(string request, string status)
    {
        await using var rig = await GatewayRig.StartAsync();
        var sent = request.Replace("{16k}", new string('x', 20_000), StringComparison.Ordinal);
        var answer = await TalkAsync(rig, sent);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Single(answer.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Headers_that_dribble_are_hung_up_on()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { HeadersTimeout = TimeSpan.FromSeconds(1) },
        });
        var answer = await TalkAsync(rig, "GET /v1/health HTTP/1.1\r\nHost: loc");
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task A_body_that_dribbles_is_hung_up_on()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { SlowGrace = TimeSpan.FromSeconds(2) },
        });
        var answer = await TalkAsync(
            rig,
            "POST /v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
            "Content-Length: 1000\r\n\r\n{");
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("too-slow", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_that_never_comes_is_hung_up_on()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { HandshakeTimeout = TimeSpan.FromSeconds(1) },
        });
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Server.AgentEndpoint);
        Assert.Equal(0, await ReadAsync(socket.GetStream()));
    }

    [Fact]
    public async Task One_address_holds_so_many_connections_of_people_and_no_more()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { AdminConnectionsPerAddressMax = 2, HandshakeTimeout = TimeSpan.FromMinutes(5) },
        });
        await OneIsTurnedAwayAsync(rig.Server.AdminEndpoint, count: 3);

        // What is given up can be had again.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var anybody = rig.Anybody();
        while (!await IsWellAsync(anybody)) await Task.Delay(20, patience.Token);
    }

    [Fact]
    public async Task Strangers_keep_no_agent_out_and_agents_do_not_count_as_strangers()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { HandshakesPerAddressMax = 1, HandshakeTimeout = TimeSpan.FromMinutes(5) },
        });
        using var berlin = await rig.AgentAsync("berlin");
        using var paris = await rig.AgentAsync("paris");
        await using var orders = await berlin.GetStreamAsync(Routes.Agent.Orders);
        await paris.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);
        await OneIsTurnedAwayAsync(rig.Server.AgentEndpoint, count: 2);
        await paris.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);
    }

    // Which of them is one too many depends on which the server looks at last.
    private static async Task OneIsTurnedAwayAsync(IPEndPoint endpoint, int count)
    {
        List<TcpClient> sockets = [];
        try
        {
            for (var i = 0; i < count; i++)
            {
                sockets.Add(new TcpClient());
                await sockets[^1].ConnectAsync(endpoint);
            }

            Assert.Equal(0, await await Task.WhenAny(sockets.Select(socket => ReadAsync(socket.GetStream()))));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Turned away before this side knew that it was connected.
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    private static async Task<bool> IsWellAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync(Routes.Health)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>All that the server says until it hangs up.</summary>
    private static async Task<string> TalkAsync(GatewayRig rig, string sent)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Server.AdminEndpoint);
        await using var tls = new SslStream(socket.GetStream(), false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(sent));
        await tls.FlushAsync();
        using var heard = new MemoryStream();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await tls.CopyToAsync(heard, patience.Token);
        }
        catch (IOException)
        {
            // Hung up on without a word.
        }

        return Encoding.ASCII.GetString(heard.ToArray());
    }

    private static async Task<int> ReadAsync(Stream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[16]).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
