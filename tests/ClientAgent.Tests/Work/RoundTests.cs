using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: a round goes from invitation to receipt, and everything that must not be trained is not. Method: the whole
/// agent against a scripted server over real TLS.
/// </summary>
public class RoundTests
{
    private static readonly RoundId First = new(1, 1);

    [Fact]
    public async Task An_invited_agent_joins_trains_and_delivers_on_the_grid()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        var code = await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/join"));
            world.Server.Order(AgentWorld.Run, OrderKind.StandBy, First);
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/complete"));
            await SettledAsync(world);
        });

        Assert.Equal(ExitCode.Done, code);
        var receipt = Assert.Single(world.Server.Receipts).Value;
        var form = world.Form();
        var update = world.Server.Blobs[receipt.Update];
        Assert.Equal(form.Bytes, update.Length);
        Assert.Equal(form.Header.FileBytes, update.Length);
        var records = Ledger.Read(world.Folder.Ledger);
        var reserved = Assert.Single(records.OfType<LedgerRecord.Reserved>());
        Assert.Equal((0.25, 2.0, 10L), (reserved.SamplingRate, reserved.NoiseMultiplier, reserved.Steps));
        Assert.Equal(receipt.Update, Assert.Single(records.OfType<LedgerRecord.Sent>()).Update);
        Assert.Equal(10, world.Engine.BatchSizes.Count);
        Assert.Empty(Directory.EnumerateFiles(world.Folder.Outbox));
    }

    [Theory]
    [InlineData("\"runs\": [\"demo\"]", "\"runs\": [\"other\"]", DeclineReason.Policy)]
    [InlineData("\"noiseMultiplierMin\": 1", "\"noiseMultiplierMin\": 3", DeclineReason.Policy)]
    [InlineData("\"clipMin\": 0.1", "\"clipMin\": 2", DeclineReason.Policy)]
    [InlineData("\"clipMax\": 10", "\"clipMax\": 0.5", DeclineReason.Policy)]
    [InlineData("\"samplingRateMax\": 0.5", "\"samplingRateMax\": 0.2", DeclineReason.Policy)]
    [InlineData("\"localStepsMax\": 20", "\"localStepsMax\": 9", DeclineReason.Policy)]
    [InlineData("\"epsilon\": 5", "\"epsilon\": 0.1", DeclineReason.Budget)]
    [InlineData("\"idColumn\": \"id\"", "\"idColumn\": \"client\"", DeclineReason.Data)]
    [InlineData("\"idColumn\": \"id\"", "\"idColumn\": \"id\", \"labelColumn\": \"client\"", DeclineReason.Data)]
    [InlineData("../texts.tsv", "../missing.tsv", DeclineReason.Data)]
    [InlineData("../model", "../absent", DeclineReason.Model)]
    [InlineData("\"runs\"", "\"rnus\"", DeclineReason.Policy)]
    public async Task What_the_owner_does_not_allow_is_declined_with_its_reason_and_costs_nothing(
        string old, string @new, DeclineReason reason)
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy((old, @new));
        await DeclinesAsync(world, reason);
    }

    [Theory]
    [InlineData(WeightFormat.Full)]
    [InlineData(WeightFormat.EightBit)]
    [InlineData(WeightFormat.FourBit)]
    public async Task The_base_is_opened_in_the_format_of_the_plan(WeightFormat format)
    {
        await using var world = await AgentWorld.StartAsync();
        world.ChangePlan(plan => plan with { BaseFormat = format });
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/join"));
        });
        Assert.Equal(format, Assert.Single(world.Formats));
    }

    [Theory]
    [InlineData("\"method\":", "\"aNewerField\":1,\"method\":")]
    [InlineData("\"method\":", "\"baseFormat\":\"int2\",\"method\":")]
    public async Task A_plan_of_a_newer_server_is_declined_and_other_runs_go_on(string old, string @new)
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(("[\"demo\"]", "[\"*\"]"));
        world.Server.Plans[new("second")] = world.Plan();
        var json = JsonSerializer.Serialize(world.Plan(), WireJson.Default.RunPlan);
        Assert.Contains(old, json, StringComparison.Ordinal);
        var newer = Encoding.UTF8.GetBytes(json.Replace(old, @new, StringComparison.Ordinal));
        world.Server.Instead = async (http, request) =>
        {
            if (!request.Is("GET", "/demo/plan")) return false;
            await http.Response.Body.WriteAsync(newer);
            return true;
        };
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            await DeclinesAsync(OrderKind.Invitation, 1);
            world.Server.Order(new("second"), OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/second/rounds/1.1/join"));
            await DeclinesAsync(OrderKind.Training, 2);
            world.Server.Order(AgentWorld.Run, OrderKind.Evaluation, new(1, 3), start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/demo/rounds/1.3/evaluation/decline"));
            Assert.Equal(ExitCode.Unwell, await world.CommandAsync("doctor"));
            Assert.Contains("upgrade this agent", world.Output.ToString(), StringComparison.Ordinal);
        });

        async Task DeclinesAsync(OrderKind kind, int round)
        {
            world.Server.Order(AgentWorld.Run, kind, new(1, round), start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", $"/demo/rounds/1.{round}/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Other), declined.Message);
        }
    }

    [Fact]
    public async Task Another_base_model_is_declined()
    {
        await using var world = await AgentWorld.StartAsync();
        world.ChangePlan(plan => plan with { BaseModel = new BlobHash(1, 2) });
        await DeclinesAsync(world, DeclineReason.Model);
    }

    [Fact]
    public async Task A_run_without_privacy_is_declined_unless_the_owner_says_otherwise()
    {
        await using var world = await AgentWorld.StartAsync();
        world.ChangePlan(plan => plan with { Privacy = null });
        await DeclinesAsync(world, DeclineReason.Policy);
    }

    [Fact]
    public async Task A_run_without_privacy_is_trained_where_the_owner_says_so()
    {
        await using var world = await AgentWorld.StartAsync();
        world.ChangePlan(plan => plan with { Privacy = null });
        world.WritePolicy(("\"nominalExamples\"", "\"privateOnly\": false, \"nominalExamples\""));
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/complete"));
            await SettledAsync(world);
        });

        Assert.Single(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.WithoutPrivacy>());
        Assert.Empty(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Reserved>());
    }

    [Fact]
    public async Task A_damaged_ledger_is_declined_as_such()
    {
        await using var world = await AgentWorld.StartAsync();
        var bytes = await File.ReadAllBytesAsync(world.Folder.Ledger, TestContext.Current.CancellationToken);
        bytes[10] ^= 1;
        await File.WriteAllBytesAsync(world.Folder.Ledger, bytes, TestContext.Current.CancellationToken);
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Ledger), declined.Message);
        });
        Assert.Empty(world.Engine.BatchSizes);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_what_its_hash_says_is_declined()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        world.Server.Blobs[start] = [.. world.Server.Blobs[start], (byte)' '];
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Other), declined.Message);
        });
        Assert.Empty(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Reserved>());
    }

    [Fact]
    public async Task An_agent_that_has_joined_one_run_is_busy_for_another()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(("[\"demo\"]", "[\"*\"]"));
        world.Server.Plans[new("second")] = world.Plan();
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/join"));
            world.Server.Order(new("second"), OrderKind.Invitation, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/second/rounds/1.1/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Busy), declined.Message);
            world.Server.Order(AgentWorld.Run, OrderKind.Idle);
            world.Server.Order(new("second"), OrderKind.Invitation, new(1, 2), start);
            await world.Server.WaitForAsync(r => r.Path.Contains("/second/rounds/1.2/", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task A_round_called_off_in_training_is_spent_and_told_as_lost()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        using var called = new ManualResetEventSlim();
        using var training = new ManualResetEventSlim();
        world.BeforeStep = () =>
        {
            training.Set();
            called.Wait(TimeSpan.FromSeconds(60));
        };
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await Task.Run(() => Assert.True(training.Wait(TimeSpan.FromSeconds(60))));
            world.Server.Order(AgentWorld.Run, OrderKind.Idle);
            await StatusSaysAsync(world, "Idle");
            called.Set();
            var lost = await world.Server.WaitForAsync(r => r.Is("POST", "/lost"));
            Assert.Equal(new RoundMessage(Lost: LostReason.Other), lost.Message);
            await SettledAsync(world);
        });
        Assert.Single(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Lost>());
        Assert.Empty(world.Server.Receipts);
    }

    [Fact]
    public async Task The_owners_stop_in_training_ends_with_0_and_is_told()
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        using var stop = new CancellationTokenSource();
        world.BeforeStep = stop.Cancel;
        world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
        Assert.Equal(ExitCode.Done, await world.CommandAsync(stop.Token, "run"));
        Assert.Equal(
            new RoundMessage(Lost: LostReason.Stopped),
            Assert.Single(world.Server.Requests, r => r.Is("POST", "/lost")).Message);
        Assert.Single(world.Engine.BatchSizes);
        Assert.Equal(
            LostReason.Stopped, Assert.Single(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Lost>()).Reason);
    }

    internal static async Task SettledAsync(AgentWorld world)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!Ledger.Read(world.Folder.Ledger).Any(record => record.Settles is not null))
            await Task.Delay(20, deadline.Token);
        while (Directory.Exists(world.Folder.Outbox) && Directory.EnumerateFiles(world.Folder.Outbox).Any())
            await Task.Delay(20, deadline.Token);
    }

    internal static async Task SaysAsync(AgentWorld world, string word)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!world.Error.ToString().Contains(word, StringComparison.Ordinal)) await Task.Delay(20, deadline.Token);
    }

    internal static async Task StatusSaysAsync(AgentWorld world, string word)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var status = world.Folder.Status;
        while (!File.Exists(status) ||
            !(await File.ReadAllTextAsync(status, deadline.Token)).Contains(word, StringComparison.Ordinal))
            await Task.Delay(20, deadline.Token);
    }

    private static async Task DeclinesAsync(AgentWorld world, DeclineReason reason)
    {
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/decline"));
            Assert.Equal(new RoundMessage(reason), declined.Message);
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/decline"), count: 2);
        });
        Assert.Empty(world.Engine.BatchSizes);
        Assert.DoesNotContain(Ledger.Read(world.Folder.Ledger), record => record is LedgerRecord.Reserved);
    }
}
