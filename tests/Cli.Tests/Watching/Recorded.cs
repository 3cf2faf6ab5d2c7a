using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Cli.Tests.Watching;

/// <summary>A run of two agents and one round, as the machine itself makes its states.</summary>
internal static class Recorded
{
    public static readonly DateTimeOffset Midnight = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly RunId Run = new("topics");
    private static readonly RoundId First = new(1, 1);

    public static RunPlan Plan { get; } = new(
        Rounds: 1,
        new RoundPlan
        {
            Method = "fedsvd",
            Period = 1,
            BaseModel = Hash(1),
            Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 48),
            LocalSteps = 10,
            SamplingRate = 0.1,
            Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
            UpdateBound = 1,
            WeightMax = 1,
            UpdateBytesMax = 1000,
            Privacy = new PrivacyTerms(NoiseMultiplier: 1.5, ClipNorm: 1, Delta: 1e-5),
        },
        new RoundPolicy
        {
            SelectingSeconds = 60,
            CollectingSeconds = 600,
            WorkSeconds = 30,
            EvaluatingSeconds = 120,
            CohortSize = 2,
            OverSelection = 1,
            Quorum = 1,
            DistinctAgentsMin = 1,
            MissedQuorum = new(ExtendSeconds: 0, RetriesMax: 0, LastResort.Fail),
            WorkRetriesMax = 1,
        },
        new RunSchedule.Automatic(RestSeconds: 0),
        [new LayerShard("all", ["layer.0"])]);

    public static BlobHash Hash(uint number) => new(0, number);

    public static RunState Draft(BlobHash? start = null) =>
        RunMachine.Create(Run, Plan, new(0, start ?? Hash(2), Parent: null), seed: 1, Midnight);

    /// <summary>The draft, and the state after each event until the run is completed.</summary>
    public static IReadOnlyList<RunState> States(BlobHash? checkpoint = null)
    {
        var states = new List<RunState> { Draft() };
        foreach (var happened in Events(checkpoint ?? Hash(9))) states.Add(After(states[^1], happened));
        return states;
    }

    /// <summary>The state after a command.</summary>
    public static RunState After(RunState state, RunCommand command) =>
        After(state, new RunEvent.Asked(state.Clock.LastSeen, new CommandId("x1"), "olga", command));

    private static RunState After(RunState state, RunEvent happened) => RunMachine.Apply(state, happened).State;

    private static IEnumerable<RunEvent> Events(BlobHash checkpoint)
    {
        AgentId north = new("north"), south = new("south");
        yield return new RunEvent.AgentPresent(At(1), north, AgentRole.Trainer);
        yield return new RunEvent.AgentPresent(At(2), south, AgentRole.Trainer);
        yield return new RunEvent.Asked(At(3), new CommandId("c1"), "olga", new RunCommand.Start());
        yield return new RunEvent.Ticked(At(4));
        yield return new RunEvent.AgentJoined(At(5), north, First);
        yield return new RunEvent.AgentJoined(At(6), south, First);
        yield return new RunEvent.AgentProgressed(At(7), north, First, StepsDone: 7);
        yield return Update(At(8), north, 21);
        yield return new RunEvent.Ticked(At(700));
        yield return Update(At(701), south, 22);
        yield return new RunEvent.ShardDone(At(702), First, RoundStage.Aggregating, 0, Hash(31));
        yield return new RunEvent.ShardDone(At(703), First, RoundStage.Refreshing, 0, Hash(41));
        yield return new RunEvent.CheckpointWritten(At(704), First, checkpoint);
    }

    private static RunEvent.UpdateSubmitted Update(DateTimeOffset now, AgentId agent, uint hash) =>
        new(now, Run, First, agent, Hash(hash), Bytes: 100, Weight: 1, new(ScreeningVerdict.Clean, Norm: null));

    private static DateTimeOffset At(int seconds) => Midnight.AddSeconds(seconds);
}
