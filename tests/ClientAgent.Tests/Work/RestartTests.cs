using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: whenever an agent dies, a charged round is neither trained again nor forgotten. Method: the folder as each
/// death leaves it, and a new agent on it.
/// </summary>
public class RestartTests
{
    private static readonly RoundRef Round = new(AgentWorld.Run, new RoundId(1, 1));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dead_after_the_charge_and_before_a_durable_update_is_lost_and_not_trained(bool isOrderedAgain)
    {
        await using var world = await AgentWorld.StartAsync();
        var start = world.PutCheckpoint();
        Reserve(world);
        if (isOrderedAgain) world.Server.Order(AgentWorld.Run, OrderKind.Training, Round.Round, start);
        else Directory.CreateDirectory(world.Folder.Outbox);
        if (!isOrderedAgain)
        {
            await File.WriteAllTextAsync(
                Path.Combine(world.Folder.Outbox, "demo@1.1.safetensors"), "half",
                TestContext.Current.CancellationToken);
        }

        await world.WhileRunningAsync(async () =>
        {
            var lost = await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/lost"));
            Assert.Equal(new RoundMessage(Lost: LostReason.Died), lost.Message);
            await RoundTests.SettledAsync(world);
        });
        Assert.Empty(world.Engine.BatchSizes);
        Assert.Empty(world.Server.Receipts);
    }

    [Fact]
    public async Task Dead_after_a_durable_update_sends_the_same_bytes()
    {
        await using var world = await AgentWorld.StartAsync();
        Reserve(world);
        var stored = Store(world);
        await world.WhileRunningAsync(() => RoundTests.SettledAsync(world));
        Assert.Equal(stored, Assert.Single(world.Server.Receipts).Key);
        Assert.Empty(world.Engine.BatchSizes);
        Assert.Equal(
            stored, Assert.Single(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Sent>()).Update);
    }

    [Fact]
    public async Task Dead_after_the_receipt_sends_nothing_more()
    {
        await using var world = await AgentWorld.StartAsync();
        Reserve(world);
        var stored = Store(world);
        Ledger.Open(world.Folder.Ledger, new DurableFile()).Sent(Round, stored, DateTimeOffset.UtcNow);
        await world.WhileRunningAsync(() => RoundTests.SettledAsync(world));
        Assert.DoesNotContain(world.Server.Requests, r => r.Path.Contains("/update", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_upload_whose_connection_is_cut_goes_on_and_the_lost_answer_is_asked_for_again()
    {
        await using var world = await AgentWorld.StartAsync();
        Reserve(world);
        var stored = Store(world);
        var cuts = 0;
        world.Server.Instead = (http, request) =>
        {
            if (!request.Path.Contains("/update", StringComparison.Ordinal) || cuts >= 3) return Task.FromResult(false);
            cuts++;
            http.Abort();
            return Task.FromResult(true);
        };
        await world.WhileRunningAsync(() => RoundTests.SettledAsync(world));
        Assert.Equal(3, cuts);
        Assert.Equal(stored, Assert.Single(world.Server.Receipts).Key);
    }

    [Theory]
    [InlineData("PATCH", "wrong-offset")]
    [InlineData("PATCH", "upload-not-found")]
    [InlineData("PUT", "upload-busy")]
    [InlineData("POST", "incomplete")]
    [InlineData("POST", "hash-mismatch")]
    public async Task A_refusal_of_the_upload_and_not_of_the_round_loses_no_update(string method, string code)
    {
        await using var world = await AgentWorld.StartAsync();
        Reserve(world);
        var stored = Store(world);
        var refusals = 0;
        world.Server.Instead = async (http, request) =>
        {
            if (request.Method != method || !request.Path.Contains("/update", StringComparison.Ordinal) ||
                ++refusals > 2) return false;
            await FakeServer.RefuseAsync(http, code);
            return true;
        };
        await world.WhileRunningAsync(() => RoundTests.SettledAsync(world));
        Assert.Equal(stored, Assert.Single(world.Server.Receipts).Key);
    }

    [Fact]
    public async Task A_stream_that_is_dead_is_opened_again()
    {
        await using var world = await AgentWorld.StartAsync();
        world.Silence = TimeSpan.FromSeconds(3);
        await world.WhileRunningAsync(() => world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders, count: 2));
        Assert.Contains("nothing came from the server", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_that_comes_too_late_is_written_down_and_given_up()
    {
        await using var world = await AgentWorld.StartAsync();
        Reserve(world);
        Store(world);
        world.Server.Instead = async (http, request) =>
        {
            if (!request.Is("PUT", "/update")) return false;
            await FakeServer.RefuseAsync(http, "late");
            return true;
        };
        await world.WhileRunningAsync(() => RoundTests.SettledAsync(world));
        Assert.Equal("late", Assert.Single(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Refused>()).Code);
    }

    [Fact]
    public async Task A_cut_stream_is_opened_again_with_the_last_events_id()
    {
        await using var world = await AgentWorld.StartAsync();
        string? seen = null;
        world.Server.Instead = (http, request) =>
        {
            if (request.Path == Routes.Agent.Orders && http.Request.Headers["Last-Event-ID"] is [{ } id]) seen = id;
            return Task.FromResult(false);
        };
        world.Server.Order(AgentWorld.Run, OrderKind.Idle);
        await world.WhileRunningAsync(async () =>
        {
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
            await RoundTests.StatusSaysAsync(world, "Idle");
            world.Server.CutStreams();
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders, count: 2);
        });
        Assert.Equal("1", seen);
    }

    [Fact]
    public async Task A_certificate_past_its_half_is_renewed_and_used()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        world.Server.CertificateLifetime = CertificateLifetimes.AgentMin;
        Assert.Equal(ExitCode.Done, await world.CommandAsync("enrol", world.Server.Invite));
        var path = Path.Combine(world.Folder.Root, "identity.pem");
        var before = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        world.Clock = new ShiftedTime(TimeSpan.FromMinutes(40));
        await world.WhileRunningAsync(async () =>
        {
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Renew);
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
        });
        Assert.NotEqual(before, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Single(world.Server.Requests, r => r.Path == Routes.Agent.Renew);
    }

    [Fact]
    public async Task A_revoked_agent_stops_and_says_so()
    {
        await using var world = await AgentWorld.StartAsync();
        world.Server.IsRevoked = true;
        Assert.Equal(ExitCode.NotAdmitted, await world.CommandAsync("run"));
        Assert.Contains("certificate-revoked", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_revoked_while_it_listens_stops()
    {
        await using var world = await AgentWorld.StartAsync();
        var running = world.CommandAsync("run");
        await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
        world.Server.IsRevoked = true;
        world.Server.CutStreams();
        Assert.Equal(
            ExitCode.NotAdmitted,
            await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_agents_never_use_one_folder()
    {
        await using var world = await AgentWorld.StartAsync();
        await world.WhileRunningAsync(async () =>
        {
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
            Assert.Equal(ExitCode.InUse, await world.CommandAsync("run"));
            Assert.Contains("in use", world.Error.ToString(), StringComparison.Ordinal);
        });
    }

    private static void Reserve(AgentWorld world) => Assert.True(
        Ledger.Open(world.Folder.Ledger, new DurableFile()).TryReserve(
            Round, new MechanismEvent(0.25, 2, 10), 1e-5, DateTimeOffset.UtcNow));

    private static BlobHash Store(AgentWorld world)
    {
        var form = world.Form();
        var trajectory = new FedLowRank.Privacy.Mechanism.PrivateTrajectory(
            new float[form.Grid.Layout.Count],
            FedLowRank.Privacy.Sampling.PrivateSchedule.OneRound(new(0.25), 40, 10));
        var update = FedLowRank.Training.Local.SendableUpdate.From(trajectory.Finish(), form.Grid);
        return new Outbox(world.Folder.Outbox, new DurableFile()).Store(Round, update, form, 1).Hash;
    }
}
