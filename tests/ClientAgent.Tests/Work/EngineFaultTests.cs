// Goal: whatever an engine throws, wherever it throws it, the server hears of it with the right reason, the agent goes
// on, and the ledger says what was spent. Method: the whole agent, with an engine that fails at one call.
using System.Runtime.InteropServices;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Wire;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Tests.Work;

public class EngineFaultTests
{
    private const string Advice = "use --precision bf16";

    private static readonly RoundId First = new(1, 1);

    [Theory]
    [InlineData("Open", false, DeclineReason.Other)]
    [InlineData("Open", true, DeclineReason.Resources)]
    [InlineData("Load", false, DeclineReason.Other)]
    [InlineData("Load", true, DeclineReason.Resources)]
    public async Task What_fails_before_the_charge_is_declined_and_costs_nothing(
        string call, bool isExplained, DeclineReason reason)
    {
        await using var world = await AgentWorld.StartAsync();
        world.BeforeCall = FailAt(call, isExplained);
        var start = world.PutCheckpoint();
        var code = await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/decline"));
            Assert.Equal(new RoundMessage(reason), declined.Message);
            await TrainsAgainAsync(world, start);
        });
        Assert.Equal(ExitCode.Done, code);
        Assert.Single(Ledger.Read(world.Folder.Ledger).OfType<LedgerRecord.Reserved>());
        SaysWhy(world, isExplained);
    }

    [Theory]
    [InlineData(false, LostReason.TrainingFailed)]
    [InlineData(true, LostReason.Resources)]
    public async Task What_fails_in_a_step_of_a_private_round_is_spent_and_told_as_lost(
        bool isExplained, LostReason reason)
    {
        await using var world = await AgentWorld.StartAsync();
        world.BeforeCall = FailAt("Gradients", isExplained);
        var start = world.PutCheckpoint();
        var code = await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var lost = await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/lost"));
            Assert.Equal(new RoundMessage(Lost: reason), lost.Message);
            await TrainsAgainAsync(world, start);
        });
        Assert.Equal(ExitCode.Done, code);
        var records = Ledger.Read(world.Folder.Ledger);
        Assert.Equal(reason, Assert.Single(records.OfType<LedgerRecord.Lost>()).Reason);
        Assert.Equal(2, records.OfType<LedgerRecord.Reserved>().Count());
        SaysWhy(world, isExplained);
    }

    [Theory]
    [InlineData(false, DeclineReason.Other)]
    [InlineData(true, DeclineReason.Resources)]
    public async Task What_fails_in_a_step_without_privacy_is_told_as_declined(bool isExplained, DeclineReason reason)
    {
        await using var world = await AgentWorld.StartAsync();
        world.ChangePlan(plan => plan with { Privacy = null });
        world.WritePolicy(("\"nominalExamples\"", "\"privateOnly\": false, \"nominalExamples\""));
        world.BeforeCall = FailAt("Gradients", isExplained);
        var start = world.PutCheckpoint();
        var code = await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/decline"));
            Assert.Equal(new RoundMessage(reason), declined.Message);
            await TrainsAgainAsync(world, start);
        });
        Assert.Equal(ExitCode.Done, code);
        SaysWhy(world, isExplained);
    }

    [Theory]
    [InlineData("Open", false, DeclineReason.Other)]
    [InlineData("Open", true, DeclineReason.Resources)]
    [InlineData("Load", false, DeclineReason.Other)]
    [InlineData("Load", true, DeclineReason.Resources)]
    [InlineData("Evaluate", false, DeclineReason.Other)]
    [InlineData("Evaluate", true, DeclineReason.Resources)]
    public async Task What_fails_in_an_evaluation_is_declined(string call, bool isExplained, DeclineReason reason)
    {
        await using var world = await AgentWorld.StartAsync();
        world.WritePolicy((
            "\"nominalExamples\"",
            "\"evaluation\": { \"path\": \"../texts.tsv\", \"splitColumn\": \"split\", \"split\": \"train\" }, "
            + "\"nominalExamples\""));
        world.BeforeCall = FailAt(call, isExplained);
        var checkpoint = world.PutCheckpoint();
        var code = await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Evaluation, First, checkpoint);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/rounds/1.1/evaluation/decline"));
            Assert.Equal(new RoundMessage(reason), declined.Message);
            await TrainsAgainAsync(world, checkpoint);
        });
        Assert.Equal(ExitCode.Done, code);
        SaysWhy(world, isExplained);
    }

    /// <summary>Fails once: as TorchSharp does with what libtorch throws, or as an engine that explains it.</summary>
    private static Action<string> FailAt(string call, bool isExplained)
    {
        var isDone = false;
        return made =>
        {
            if (made != call || isDone) return;
            isDone = true;
            throw isExplained
                ? new EngineException("device cuda:0 has no memory for one example", Advice)
                : new LibtorchException("CUDA error: an illegal memory access was encountered");
        };
    }

    private static async Task TrainsAgainAsync(AgentWorld world, BlobHash start)
    {
        world.Server.Order(AgentWorld.Run, OrderKind.Training, new(1, 2), start);
        await world.Server.WaitForAsync(r => r.Is("POST", "/complete"));
        await RoundTests.SettledAsync(world);
    }

    private static void SaysWhy(AgentWorld world, bool isExplained)
    {
        var said = world.Error.ToString();
        Assert.Contains(isExplained ? "no memory for one example" : "illegal memory access", said);
        Assert.Equal(isExplained, said.Contains(Advice, StringComparison.Ordinal));
    }

    /// <summary>What TorchSharp throws is of a type that only a run-time may throw.</summary>
    private sealed class LibtorchException(string text) : ExternalException(text);
}
