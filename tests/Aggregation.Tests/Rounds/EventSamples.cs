using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>Several of each kind of event, fitting and not, at one time of the clock.</summary>
internal static class EventSamples
{
    private static readonly string[] Agents = ["anna", "carl", "dora", "eva", "zoe"];

    private static readonly RoundId[] Rounds = [new(1, 1), new(1, 2), new(2, 1), new(9, 9)];

    public static IEnumerable<RunEvent> All(DateTimeOffset now) =>
        Commands().Select((command, i) => (RunEvent)new RunEvent.Asked(now, new($"sample-{i}"), "otto", command))
            .Concat(
            [
                new RunEvent.Asked(now, new("command-1"), "otto", new RunCommand.Cancel()),
                new RunEvent.Asked(now, new("sample"), new string('o', 129), new RunCommand.Cancel()),
                new RunEvent.Ticked(now),
                new RunEvent.Ticked(now.AddDays(-40)),
                new RunEvent.Ticked(now.AddSeconds(61)),
                new RunEvent.Ticked(DateTimeOffset.MinValue),
                new RunEvent.Ticked(DateTimeOffset.MaxValue),
                new RunEvent.Restarted(now),
                new RunEvent.Restarted(DateTimeOffset.MaxValue),
                new RunEvent.Restarted(now.AddSeconds(40)) { Back = now.AddDays(-1) },
                new RunEvent.Restarted(now) { Back = DateTimeOffset.MaxValue },
                new RunEvent.Restarted(now) { Back = DateTimeOffset.MinValue },
                new RunEvent.RunForked(now, new("child")),
            ])
            .Concat(Agents.SelectMany(agent => OfAgent(now, new(agent))))
            .Concat(Rounds.SelectMany(round => OfWork(now, round)))
            .Concat(Rounds.SelectMany(round => Agents.SelectMany(agent => OfRound(now, new(agent), round))));

    public static IEnumerable<RunCommand> Commands() =>
    [
        new RunCommand.Start(), new RunCommand.Trigger(), new RunCommand.Resume(), new RunCommand.Cancel(),
        new RunCommand.Pause(PauseMode.FinishRound), new RunCommand.Pause(PauseMode.HoldRound),
        new RunCommand.Pause(PauseMode.AbandonRound),
        new RunCommand.Rollback(0), new RunCommand.Rollback(1), new RunCommand.Rollback(-1),
        new RunCommand.Rollback(int.MaxValue),
        new RunCommand.Fork(0, new("child"), 3, Plan: null), new RunCommand.Fork(0, Samples.Run, 3, Plan: null),
        new RunCommand.Fork(1, new("other"), 3, Samples.Plan with { Rounds = 1 }),
        new RunCommand.Fork(7, new("third"), 3, Plan: null),
    ];

    private static IEnumerable<RunEvent> OfAgent(DateTimeOffset now, AgentId agent) =>
    [
        new RunEvent.AgentPresent(now, agent, AgentRole.Trainer),
        new RunEvent.AgentPresent(now, agent, AgentRole.Evaluator),
        new RunEvent.AgentGone(now, agent),
    ];

    private static IEnumerable<RunEvent> OfWork(DateTimeOffset now, RoundId round) =>
    [
        .. from stage in Enum.GetValues<RoundStage>()
           from shard in (int[])[-1, 0, 1, 2]
           from happened in (RunEvent[])
           [
               new RunEvent.ShardDone(now, round, stage, shard, Samples.Hash(0xd0)),
               new RunEvent.ShardFailed(now, round, stage, shard, 0, new string('x', 500)),
               new RunEvent.ShardFailed(now, round, stage, shard, 1, "disk full"),
           ]
           select happened,
        new RunEvent.CheckpointWritten(now, round, Samples.Hash(0xcc)),
        new RunEvent.CheckpointFailed(now, round, 0, "disk full"),
        new RunEvent.CheckpointFailed(now, round, -1, ""),
    ];

    private static IEnumerable<RunEvent> OfRound(DateTimeOffset now, AgentId agent, RoundId round) =>
    [
        new RunEvent.AgentJoined(now, agent, round),
        new RunEvent.AgentDeclined(now, agent, round, DeclineReason.Ledger),
        new RunEvent.AgentProgressed(now, agent, round, 5),
        new RunEvent.AgentProgressed(now, agent, round, int.MinValue),
        new RunEvent.AgentProgressed(now, agent, round, int.MaxValue),
        new RunEvent.AgentLost(now, agent, round, LostReason.Other),
        Samples.Update(now, agent.Value, round, 1),
        Samples.Update(now, agent.Value, round, 0xff),
        Samples.Update(now, agent.Value, round, 1) with { Bytes = long.MaxValue },
        Samples.Update(now, agent.Value, round, 1) with { Run = new("another") },
        Samples.Update(now, agent.Value, round, 1) with { Screening = new(ScreeningVerdict.MisShaped, null) },
        Samples.Update(now, agent.Value, round, 1) with { Screening = new(ScreeningVerdict.Clean, double.NaN) },
        new RunEvent.EvaluationDone(now, agent, round, [new("accuracy", 0.5)]),
        new RunEvent.EvaluationDone(now, agent, round, []),
        new RunEvent.EvaluationDone(now, agent, round, [new("", double.NaN)]),
        new RunEvent.EvaluationDeclined(now, agent, round),
    ];
}
