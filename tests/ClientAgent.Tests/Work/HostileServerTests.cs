using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: a server that lies takes from an agent neither its disk, its memory nor its terminal, and learns of its data
/// nothing by asking twice. Method: the scripted server, with the pinned authority's key, does its worst.
/// </summary>
public class HostileServerTests
{
    private static readonly RoundId First = new(1, 1);

    [Fact]
    public async Task A_run_whose_plan_changes_is_declined_before_the_data_are_looked_at()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/join"));

            // Were it answered, "data" would say that some text has label0.
            world.ChangePlan(plan => plan with { Task = plan.Task with { Labels = ["label1", "label2"] } });
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Policy), declined.Message);

            world.ChangePlan(plan => plan);
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, new(1, 2), start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.2/join"));
        });
        Assert.DoesNotContain(Ledger.Read(world.Folder.Ledger), record => record is LedgerRecord.Reserved);
    }

    [Fact]
    public async Task A_private_run_does_not_become_one_without_privacy_even_where_the_owner_allows_those()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(("\"nominalExamples\"", "\"privateOnly\": false, \"nominalExamples\""));
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/join"));
            world.ChangePlan(plan => plan with { Privacy = null });
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/decline"));
        });
        Assert.Empty(world.Engine.BatchSizes);
    }

    [Fact]
    public async Task A_round_after_the_last_is_declined_and_costs_nothing()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, new(int.MaxValue, 1), start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/decline"));
        });
        Assert.DoesNotContain(Ledger.Read(world.Folder.Ledger), record => record is LedgerRecord.Reserved);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_without_end_is_cut_off_and_leaves_nothing_on_the_disk(bool isDeclared)
    {
        const long BytesMax = 10 << 20;
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        world.Server.Instead = async (http, request) =>
        {
            if (!request.Path.Contains("/parts/", StringComparison.Ordinal)) return false;
            if (isDeclared) http.Response.ContentLength = long.MaxValue;
            var block = new byte[1 << 20];
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
            return true;
        };
        using var session = new ServerSession(world.Folder, new DurableFile(), world.Host().Timings, world.Clock);
        var fetch = new CheckpointFetch(
            world.Folder, new AgentChannel(session, world.Host().Timings, world.Clock), BytesMax);
        await Assert.ThrowsAsync<CheckpointException>(() => fetch.AdapterAsync(
            AgentWorld.Run, start, session.Identity.Authority, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(world.Folder.Downloads));
    }

    [Fact]
    public async Task A_small_file_that_declares_a_huge_adapter_gets_no_memory_for_it()
    {
        await using var world = await AgentWorld.StartAsync();
        var shape = new LoraShape("huge", TensorSpec.ValuesMax / 2, TensorSpec.ValuesMax / 2, 1, 1);
        var json = string.Create(CultureInfo.InvariantCulture, $$"""
            {"layers":[{"module":"huge","inputWidth":{{shape.InputWidth}},"outputWidth":{{shape.OutputWidth}},
            "rank":1,"alpha":1,"hasInner":false}],"head":[]}
            """);
        var header = SafetensorsHeader.Create(
            new[] { shape.A, shape.B }.Select(
                spec => (spec.Name, SafetensorsDType.F64, ImmutableArray.Create<long>(spec.Rows, spec.Columns))),
            new Dictionary<string, string>(StringComparer.Ordinal) { [AdapterFile.MetadataKey] = json });
        var part = world.Server.Put(header.ToBytes());
        var start = world.Server.Put(ManifestJson.Write(
            new(AgentWorld.Run, null, null, world.Server.Plans[AgentWorld.Run], [], [part])));
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Other), declined.Message);
        });
        Assert.Contains(
            $"but the file has {header.ToBytes().Length} bytes", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: ")]
    [InlineData("data: x\ndata: ")]
    [InlineData(": ")]
    public async Task An_event_without_end_is_cut_off(string beginning)
    {
        await using var world = await AgentWorld.StartAsync();
        var sent = 0L;
        world.Server.Instead = async (http, request) =>
        {
            if (request.Path != Routes.Agent.Orders) return false;
            await http.Response.WriteAsync("event: order\n" + beginning);
            var block = new string('x', 1 << 10);
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.WriteAsync(beginning.StartsWith(':') ? block + "\n:" : block, http.RequestAborted);
                Interlocked.Add(ref sent, block.Length);
            }

            return true;
        };
        await world.WhileRunningAsync(
            () => world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders, count: 2));
        Assert.Contains("an event of the server is longer", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1\nMAINPID=1")]
    [InlineData("\u001b[2J")]
    [InlineData("../../1")]
    public async Task An_order_whose_round_is_no_round_is_not_shown_and_not_followed(string round)
    {
        await using var world = await AgentWorld.StartAsync();
        world.Server.Instead = async (http, request) =>
        {
            if (request.Path != Routes.Agent.Orders) return false;
            var order = new OrderMessage(AgentWorld.Run, OrderKind.StandBy, round, null);
            await http.Response.WriteAsync(
                $"event: order\ndata: {JsonSerializer.Serialize(order, WireJson.Default.OrderMessage)}\n\n");
            return true;
        };
        await world.WhileRunningAsync(
            () => world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders, count: 2));
        var status = await File.ReadAllTextAsync(world.Folder.Status, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("StandBy", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_words_neither_steer_the_terminal_nor_look_like_the_agents()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        world.Server.Instead = async (http, request) =>
        {
            if (!request.Is("POST", "/join")) return false;
            http.Response.StatusCode = 409;
            await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(
                new Problem("no", 409, "late", "no\u001b[2J\r\n12:00:00 demo 1.1: joined"), WireJson.Default.Problem));
            return true;
        };
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/join"));
            await RoundTests.SaysAsync(world, "the server refused");
        });
        var said = world.Error.ToString();
        Assert.DoesNotContain('\u001b', said);
        Assert.DoesNotContain("\n12:00:00 demo 1.1: joined", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("relative")]
    public async Task An_address_without_TLS_is_never_kept(string address)
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        world.Server.Instead = async (http, request) =>
        {
            if (request.Path != Routes.Enrol) return false;
            await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(
                new CertificateAnswer("", new Uri(address, UriKind.RelativeOrAbsolute)),
                WireJson.Default.CertificateAnswer));
            return true;
        };
        Assert.Equal(ExitCode.NotAdmitted, await world.CommandAsync("enrol", world.Server.Invite));
        Assert.False(File.Exists(world.Folder.Server));
    }

    [Fact]
    public async Task A_renewal_that_leads_away_from_TLS_changes_nothing()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        world.Server.CertificateLifetime = CertificateLifetimes.AgentMin;
        Assert.Equal(ExitCode.Done, await world.CommandAsync("enrol", world.Server.Invite));
        var before = await File.ReadAllTextAsync(world.Folder.Server, TestContext.Current.CancellationToken);
        world.Clock = new ShiftedTime(TimeSpan.FromMinutes(40));
        world.Server.Instead = async (http, request) =>
        {
            if (request.Path != Routes.Agent.Renew) return false;
            await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(
                new CertificateAnswer("", new Uri("http://127.0.0.1:1/")), WireJson.Default.CertificateAnswer));
            return true;
        };
        await world.WhileRunningAsync(() => world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders));
        Assert.Equal(before, await File.ReadAllTextAsync(world.Folder.Server, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_download_whose_last_byte_came_before_a_kill_is_used_without_asking_again()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        var part = ManifestJson.Read(world.Server.Blobs[start]).Parts.Single();
        Directory.CreateDirectory(world.Folder.Downloads);
        await File.WriteAllBytesAsync(
            Path.Combine(world.Folder.Downloads, $"{part}.partial"), world.Server.Blobs[part],
            TestContext.Current.CancellationToken);
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/complete"));
            await RoundTests.SettledAsync(world);
        });
        Assert.DoesNotContain(world.Server.Requests, r => r.Path.Contains("/parts/", StringComparison.Ordinal));
    }
}
