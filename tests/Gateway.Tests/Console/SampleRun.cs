using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Runs with made-up histories.</summary>
internal static class SampleRun
{
    public static readonly DateTimeOffset Opened = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A draft.</summary>
    public static RunState Draft(string id = "spam", RunPlan? plan = null, int origin = 0) => RunMachine.Create(
        new(id), plan ?? GatewayRig.Plan with { Rounds = 1000 }, new(origin, Hash(9), Parent: null), seed: 1, Opened);

    /// <summary>Rounds 1 to n, each completed with an update of 1,000 bytes by each agent.</summary>
    public static RunState Completed(int rounds, int agents, string id = "spam") => Draft(id) with
    {
        History = Enumerable.Range(1, rounds).Select(number => Round(
            number, [.. Enumerable.Range(0, agents).Select(agent => Entry(Name(agent), Delivered(number, agent)))]))
            .ToValueList(),
    };

    /// <summary>A completed round with loss 1 / number and accuracy 1 - 1 / (number + 1).</summary>
    public static RoundReport Round(int number, ValueList<RosterEntry> agents, int attempt = 1) => new(
        new(number, attempt), Hash(number), Opened.AddHours(number),
        new RoundResult.Completed(Hash(number + 1), new Evaluation.Measured(
            new("judge"), [new Metric("accuracy", 1 - 1.0 / (number + 1)), new Metric("loss", 1.0 / number)])),
        agents, [],
        [
            new(RoundStage.Selecting, TimeSpan.FromSeconds(1)), new(RoundStage.Collecting, TimeSpan.FromSeconds(60)),
            new(RoundStage.Evaluating, TimeSpan.FromMilliseconds(500)),
        ],
        IsSuperseded: false);

    public static string Name(int agent) => $"agent-{agent:0000}";

    public static RosterEntry Entry(string agent, Standing standing, int attempt = 1) =>
        new(new(agent), attempt, standing);

    public static Standing.Delivered Delivered(int round, int agent) =>
        new(Hash(round * 10_000 + agent), Bytes: 1000, Weight: 1, Opened.AddHours(round), Norm: null);

    public static BlobHash Hash(int number) => new(7, (UInt128)number);

    /// <summary>What the server knows of an agent that told its epsilon.</summary>
    public static AgentRecord Agent(string name, double? spent = null, double? max = null, double? delta = null)
    {
        var grant = new InviteGrant(
            SecretToken.Create(new SystemBytes()).Hash(), AgentRole.Trainer, Opened.AddDays(1), "test");
        var state = GatewayRig.Accepted(EnrolmentMachine.Create(new(name), grant, Opened));
        return new(state, IsConnected: true, Opened, new("1.0", "cpu", spent, max, delta));
    }
}
