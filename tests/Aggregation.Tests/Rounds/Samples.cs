using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>Small plans and runs to start from.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Midnight = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly RunId Run = new("run");

    public static readonly RunOrigin Origin = new(0, Hash(0xc0), Parent: null);

    public static RoundPolicy Policy { get; } = new()
    {
        SelectingSeconds = 60,
        CollectingSeconds = 600,
        WorkSeconds = 30,
        EvaluatingSeconds = 120,
        CohortSize = 2,
        OverSelection = 1,
        Quorum = 2,
        DistinctAgentsMin = 2,
        MissedQuorum = new(ExtendSeconds: 0, RetriesMax: 0, LastResort.Pause),
        WorkRetriesMax = 1,
    };

    public static RunPlan Plan { get; } = new(
        Rounds: 2,
        new RoundPlan
        {
            Method = "fedsvd",
            Period = 1,
            BaseModel = Hash(0xba5e),
            Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 48),
            LocalSteps = 10,
            SamplingRate = 0.1,
            Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
            UpdateBound = 1,
            WeightMax = 1,
            UpdateBytesMax = 1000,
            Privacy = new PrivacyTerms(NoiseMultiplier: 1, ClipNorm: 1, Delta: 1e-5),
        },
        Policy,
        new RunSchedule.Automatic(RestSeconds: 0),
        [new LayerShard("low", ["layer.0"]), new LayerShard("high", ["layer.1"])]);

    public static BlobHash Hash(uint number) => new(0, number);

    public static RunState Draft(RunPlan plan, DateTimeOffset now) =>
        RunMachine.Create(Run, plan, Origin, seed: 1, now);

    public static AgentId Agent(string name) => new(name);

    public static RunEvent.UpdateSubmitted Update(DateTimeOffset now, string agent, RoundId round, uint hash) =>
        new(now, Run, round, new(agent), Hash(hash), Bytes: 100, Weight: 1, new(ScreeningVerdict.Clean, Norm: null));
}
