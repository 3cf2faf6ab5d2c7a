using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: the server hears what kind of thing went wrong, of the log what the owner allows, and of what is the owner's
/// nothing at all. Method: the whole agent against a scripted server, with a secret wherever a message quotes one.
/// </summary>
public class TroubleTests
{
    private const string Secret = "patient-4711";
    private static readonly RoundId First = new(1, 1);

    [Fact]
    public async Task Without_a_word_of_the_owner_an_error_is_a_code_and_no_line_of_the_log()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WriteData([.. AgentWorld.Rows(5, seed: 1), $"{Secret}\ttrain\t{Secret}\tclient0\t1 2"]);
        var trouble = await DeclinedAsync(world);
        Assert.Equal(
            (AgentErrorKind.Data, AgentWorld.Run, "1.1", 0),
            (trouble.Error.Kind, trouble.Error.Run, trouble.Error.Round, trouble.Log.Count));
        Assert.Contains(Secret, world.Error.ToString(), StringComparison.Ordinal);
        AssertNothingSentHas(world, Secret);
    }

    [Fact]
    public async Task With_it_the_last_lines_are_sent_without_what_is_the_owners()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(
            ("\"nominalExamples\"", "\"log\": { \"lines\": 3, \"level\": \"info\" }, \"nominalExamples\""));
        world.WriteData([.. AgentWorld.Rows(5, seed: 1), $"{Secret}\ttrain\t{Secret}\tclient0\t1 2"]);
        var trouble = await DeclinedAsync(world);
        Assert.Equal(2, trouble.Log.Count);
        Assert.EndsWith(" info connected as berlin (Trainer)", trouble.Log[0], StringComparison.Ordinal);
        Assert.EndsWith(" error demo 1.1: declined (Data): [withheld]", trouble.Log[1], StringComparison.Ordinal);
        Assert.DoesNotContain(world.DataPath, string.Concat(trouble.Log), StringComparison.Ordinal);
        AssertNothingSentHas(world, Secret);
        Assert.DoesNotContain(
            Secret, await File.ReadAllTextAsync(world.Folder.Trouble, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_below_the_owners_level_stay()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(("\"nominalExamples\"", "\"log\": { \"lines\": 100 }, \"nominalExamples\""));
        world.Server.Plans[AgentWorld.Run] = world.Plan(plan => plan with { BaseModel = new(1, 2) });
        var trouble = await DeclinedAsync(world);
        Assert.Equal(AgentErrorKind.Model, trouble.Error.Kind);
        Assert.EndsWith("declined (Model): [withheld]", Assert.Single(trouble.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_that_fails_is_told_by_the_name_of_its_error_alone()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(("\"nominalExamples\"", "\"log\": { \"lines\": 100 }, \"nominalExamples\""));
        world.BeforeStep = () => throw new InvalidDataException($"{Secret} does not fit");
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var told = Read(await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Trouble));
            Assert.Equal(AgentErrorKind.Training, told.Error.Kind);
            Assert.EndsWith(
                "error demo 1.1: training failed: InvalidDataException", told.Log[0], StringComparison.Ordinal);
            await RoundTests.SettledAsync(world);
        });
        Assert.Contains(Secret, world.Error.ToString(), StringComparison.Ordinal);
        AssertNothingSentHas(world, Secret);
    }

    [Fact]
    public async Task What_went_wrong_is_told_again_after_the_next_start_by_the_policy_of_then()
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy(
            ("\"nominalExamples\"", "\"log\": { \"lines\": 9 }, \"nominalExamples\""), ("\"demo\"", "\"other\""));
        Assert.Single((await DeclinedAsync(world)).Log);
        world.WritePolicy();
        world.Server.Order(AgentWorld.Run, OrderKind.Idle);
        await world.WhileRunningAsync(async () =>
        {
            var again = Read(await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Trouble, count: 2));
            Assert.Equal(AgentErrorKind.Policy, again.Error.Kind);
            Assert.Empty(again.Log);
        });
    }

    [Fact]
    public async Task An_older_server_that_knows_no_such_thing_is_served_all_the_same()
    {
        await using var world = await AgentWorld.StartAsync();
        world.Server.Instead = async (http, request) =>
        {
            if (request.Path != Routes.Agent.Trouble) return false;
            await FakeServer.RefuseAsync(http, "not-found", 404);
            return true;
        };
        world.WritePolicy(("\"demo\"", "\"other\""));
        var start = world.PutCheckpoint();
        var code = await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Trouble);
            world.WritePolicy();
            world.Server.CutStreams();
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Trouble, count: 2);
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, new(1, 2), start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.2/join"));
        });
        Assert.Equal(ExitCode.Done, code);
    }

    [Fact]
    public async Task A_note_that_cannot_be_read_is_as_none()
    {
        await using var world = await AgentWorld.StartAsync();
        await File.WriteAllTextAsync(world.Folder.Trouble, "{", TestContext.Current.CancellationToken);
        Assert.Equal(AgentErrorKind.Policy, (await DeclinedAsync(world, ("\"demo\"", "\"other\""))).Error.Kind);
    }

    private static async Task<AgentTrouble> DeclinedAsync(AgentWorld world, params (string, string)[] policy)
    {
        if (policy.Length > 0) world.WritePolicy(policy);
        var start = world.PutCheckpoint();
        AgentTrouble? told = null;
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            told = Read(await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Trouble));
            await world.Server.WaitForAsync(r => r.Is("POST", "/decline"));
        });
        return told!;
    }

    private static AgentTrouble Read(Recorded request) =>
        JsonSerializer.Deserialize(request.Body, WireJson.Default.AgentTrouble)!;

    private static void AssertNothingSentHas(AgentWorld world, string secret) => Assert.All(
        world.Server.Requests,
        request => Assert.DoesNotContain(secret, request.Path + request.Text, StringComparison.Ordinal));
}
