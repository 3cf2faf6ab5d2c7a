using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Doctor;
using FedLowRank.ClientAgent.Systemd;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.Commands;

/// <summary>Goal: each command does what it says and ends with its code. Method: the command line itself.</summary>
public class CommandTests
{
    [Fact]
    public async Task Enrolment_sends_the_token_over_the_proven_connection_only()
    {
        await using var world = await AgentWorld.StartAsync();
        Assert.Equal(
            [Routes.Authority, Routes.Enrol], world.Server.Requests.Select(r => r.Path));
        Assert.Empty(world.Server.Requests[0].Body);
        Assert.Contains(world.Server.Invite[..60], world.Server.Requests[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_the_invites_never_sees_the_token()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        await using var other = await FakeServer.StartAsync();
        world.Server.Instead = async (http, request) =>
        {
            if (request.Path != Routes.Authority) return false;
            await http.Response.Body.WriteAsync(other.Authority.Certificate.RawData);
            return true;
        };
        Assert.Equal(ExitCode.NotAdmitted, await world.CommandAsync("enrol", world.Server.Invite));
        Assert.DoesNotContain(world.Server.Requests, r => r.Path == Routes.Enrol);
        Assert.Contains("fingerprint", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("identity.pem")]
    [InlineData("none")]
    public async Task The_same_invite_again_gives_the_same_certificate(string lost)
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);

        // The answer is lost on the way: the key is on disk, the certificate is not.
        if (lost == "identity.pem")
        {
            world.Server.AfterCertifying = http => http.Abort();
            Assert.Equal(ExitCode.Failure, await world.CommandAsync("enrol", world.Server.Invite));
            world.Server.AfterCertifying = null;
        }

        Assert.Equal(ExitCode.Done, await world.CommandAsync("enrol", world.Server.Invite));
        var first = await IdentityAsync(world);
        Assert.Equal(ExitCode.Done, await world.CommandAsync("enrol", world.Server.Invite, "--json"));
        Assert.Equal(first, await IdentityAsync(world));
        Assert.Contains("\"is_new\":false", world.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, world.Server.CertifiedCount);
    }

    [Fact]
    public async Task An_invite_is_read_from_the_standard_input_and_a_template_is_left()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        File.Delete(world.Folder.Policy);
        Assert.Equal(ExitCode.Done, await world.CommandAsync("enrol"));
        Assert.Contains("privateOnly", await File.ReadAllTextAsync(
            world.Folder.Policy, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_invite_is_told_without_asking_any_server()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        Assert.Equal(ExitCode.NotAdmitted, await world.CommandAsync("enrol", world.Server.Invite[..^1] + "!"));
        Assert.Empty(world.Server.Requests);
    }

    [Fact]
    public async Task Status_works_while_the_agent_runs()
    {
        await using var world = await AgentWorld.StartAsync();
        await world.WhileRunningAsync(async () =>
        {
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
            Assert.Equal(ExitCode.Done, await world.CommandAsync("status", "--json"));
        });
        using var status = JsonDocument.Parse(world.Output.ToString().Split('\n').Last(line => line.StartsWith('{')));
        Assert.True(status.RootElement.GetProperty("is_running").GetBoolean());
        Assert.Equal("berlin", status.RootElement.GetProperty("agent").GetString());
        Assert.Equal(0, status.RootElement.GetProperty("epsilon_spent").GetDouble());
    }

    [Fact]
    public async Task The_doctor_finds_a_well_agent_well_and_names_what_is_wrong()
    {
        await using var world = await AgentWorld.StartAsync();
        Assert.Equal(ExitCode.Done, await world.CommandAsync("doctor"));
        Assert.DoesNotContain("fail ", world.Output.ToString(), StringComparison.Ordinal);

        world.WritePolicy(("../model", "../absent"), ("../texts.tsv", "../gone.tsv"));
        await File.AppendAllTextAsync(world.Folder.Ledger, "x", TestContext.Current.CancellationToken);
        world.Clock = new ShiftedTime(TimeSpan.FromMinutes(10));
        Assert.Equal(ExitCode.Unwell, await world.CommandAsync("doctor", "--json"));
        using var report = JsonDocument.Parse(world.Output.ToString().Split('\n').Last(line => line.StartsWith('{')));
        var failing = report.RootElement.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("level").GetString() == "fail")
            .Select(finding => finding.GetProperty("check").GetString()).Order(StringComparer.Ordinal);
        Assert.Equal(["clock", "data", "ledger", "model"], failing);
    }

    [Theory]
    [InlineData(WeightFormat.Full, "full")]
    [InlineData(WeightFormat.EightBit, "int8")]
    [InlineData(WeightFormat.FourBit, "nf4")]
    public async Task The_doctor_weighs_the_base_in_the_format_of_the_plan(WeightFormat format, string name)
    {
        await using var world = await AgentWorld.StartAsync();
        world.ChangePlan(plan => plan with { BaseFormat = format });
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, new(1, 1), start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/join"));
        });
        Assert.Equal(ExitCode.Done, await world.CommandAsync("doctor"));
        Assert.Contains($" in baseFormat {name}\n", world.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, 400, FindingLevel.Warn)]
    [InlineData(1100, 400, FindingLevel.Ok)]
    [InlineData(400, 400, FindingLevel.Fail)]
    public void The_doctor_wants_room_beside_the_weights(long totalMib, long weightsMib, FindingLevel level) =>
        Assert.Equal(level, LocalChecks.Memory(totalMib << 20, weightsMib << 20, WeightFormat.FourBit).Level);

    [Fact]
    public async Task An_agent_that_was_never_enrolled_says_so()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        Assert.Equal(ExitCode.NotAdmitted, await world.CommandAsync("run"));
        Assert.Equal(ExitCode.BadInput, await world.CommandAsync("rnu"));
    }

    [Fact]
    public async Task Systemd_is_told_in_its_own_words()
    {
        var path = Path.Combine(Path.GetTempPath(), $"fl-{Guid.NewGuid():N}.sock");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            using var notifier = new SystemdNotifier(
                name => name == "NOTIFY_SOCKET" ? path : name == "WATCHDOG_USEC" ? "100000" : null,
                TimeProvider.System);
            notifier.Ready();
            Assert.Equal("READY=1", await HearAsync(systemd));
            Assert.Equal("WATCHDOG=1", await HearAsync(systemd));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<string> HearAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, deadline.Token));
    }

    private static Task<string> IdentityAsync(AgentWorld world) => File.ReadAllTextAsync(
        Path.Combine(world.Folder.Root, "identity.pem"), TestContext.Current.CancellationToken);
}
