using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests;

/// <summary>Goal: who listens is told what is current and what is new, and costs little.</summary>
public class EventTests(ITestOutputHelper output)
{
    [Fact]
    public async Task An_agent_hears_its_orders_and_a_heart_beat()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { HeartbeatPeriod = TimeSpan.FromMilliseconds(50) },
        });
        await rig.CollectAsync("berlin", "paris");
        using var agent = await rig.AgentAsync("berlin");
        using var reader = new StreamReader(await agent.GetStreamAsync(Routes.Agent.Orders));
        var (id, data) = await NextAsync(reader, "order");
        Assert.Contains("\"training\"", data, StringComparison.Ordinal);
        for (var beats = 0; beats < 3;) if (await reader.ReadLineAsync() == ":") beats++;
        await rig.Federation.Runs.ApplyAsync(
            GatewayRig.Run, new RunEvent.Asked(rig.Time.GetUtcNow(), new("stop"), "test", new RunCommand.Cancel()));
        Assert.Contains("\"idle\"", (await NextAsync(reader, "order")).Data, StringComparison.Ordinal);
        Assert.Equal(32, id.Length);
    }

    [Fact]
    public async Task A_person_watches_a_run_and_is_not_told_twice_what_it_saw_last()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        using var viewer = await rig.PersonAsync(AdminRole.Viewer);
        string seen;
        using (var first = new StreamReader(await viewer.GetStreamAsync(Routes.RunEvents(GatewayRig.Run))))
            (seen, _) = await NextAsync(first, "state");

        viewer.DefaultRequestHeaders.Add("Last-Event-ID", seen);
        using var again = new StreamReader(await viewer.GetStreamAsync(Routes.RunEvents(GatewayRig.Run)));
        await rig.Federation.Runs.ApplyAsync(
            GatewayRig.Run, new RunEvent.Asked(rig.Time.GetUtcNow(), new("stop"), "test", new RunCommand.Cancel()));
        Assert.Contains("cancelled", (await NextAsync(again, "state")).Data, StringComparison.Ordinal);
        await viewer.GetAsync(Routes.RunEvents(new("none"))).RefusedAsync(404, "run-not-found");
    }

    [Fact]
    public async Task A_stream_ends_soon_after_the_token_that_opened_it_is_revoked()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { HeartbeatPeriod = TimeSpan.FromMilliseconds(50) },
        });
        await rig.CreateRunAsync();
        using var viewer = await rig.PersonAsync(AdminRole.Viewer, "vera");
        using var reader = new StreamReader(await viewer.GetStreamAsync(Routes.RunEvents(GatewayRig.Run)));
        await NextAsync(reader, "state");
        for (var beats = 0; beats < 3;) if (await reader.ReadLineAsync() == ":") beats++;
        Assert.Null(await rig.Federation.Users.RevokeAsync(new("vera"), "test"));
        await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_is_dropped()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { WriteTimeout = TimeSpan.FromSeconds(1), BytesPerSecondMin = 1 },
        });
        await rig.CreateRunAsync();
        using var viewer = await rig.PersonAsync(AdminRole.Viewer);
        var token = viewer.DefaultRequestHeaders.Authorization!.Parameter;
        using var socket = new TcpClient { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(rig.Server.AdminEndpoint);
        await using var tls = new SslStream(socket.GetStream(), false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        var request = $"GET {Routes.RunEvents(GatewayRig.Run)} HTTP/1.1\r\nHost: localhost\r\n" +
            $"Authorization: Bearer {token}\r\n\r\n";
        await tls.WriteAsync(Encoding.ASCII.GetBytes(request));
        var clock = Stopwatch.StartNew();
        while (rig.Federation.Runs.Watching == 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "nobody watches");
            await Task.Delay(10);
        }

        // Told until no more goes into its connection.
        for (var i = 0; rig.Federation.Runs.Watching > 0; i++)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "it is told for ever");
            var fork = new RunCommand.Fork(0, new($"fork-{i}"), Seed: 1, Plan: null);
            await rig.Federation.Runs.ApplyAsync(
                GatewayRig.Run, new RunEvent.Asked(rig.Time.GetUtcNow(), new($"{i}"), "test", fork));
            await Task.Delay(1);
        }
    }

    [Fact]
    public async Task The_server_stops_while_somebody_listens()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        using var stream = await agent.GetStreamAsync(Routes.Agent.Orders);
        await rig.Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task An_idle_stream_costs_little()
    {
        const int Streams = 150;
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { ConnectionsPerAgentMax = Streams + 1, AgentRequests = new(1000, 1000) },
        });
        var certificate = await rig.EnrolAsync("berlin");
        using var warm = await rig.Agent(certificate).GetStreamAsync(Routes.Agent.Orders);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        List<Stream> streams = [];
        for (var i = 0; i < Streams; i++) streams.Add(await rig.Agent(certificate).GetStreamAsync(Routes.Agent.Orders));
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / Streams;
        output.WriteLine($"{each:F1} KiB for each stream, both ends of it");
        Assert.True(each < 512, $"{each:F1} KiB for each stream");
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    private static async Task<(string Id, string Data)> NextAsync(StreamReader reader, string name)
    {
        var id = "";
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) Assert.Equal(name, line[7..]);
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return (id, line[6..]);
        }

        throw new EndOfStreamException("the stream ended");
    }
}
