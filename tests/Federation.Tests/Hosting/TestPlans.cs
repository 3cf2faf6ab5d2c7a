using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>A small plan to vary.</summary>
public static class TestPlans
{
    public static readonly RunId Run = new("night-shift");

    /// <summary>Two rounds, one after the other, of as many agents.</summary>
    public static RunPlan Of(int agents, int rounds = 2) => new(
        rounds,
        new RoundPlan
        {
            Method = "fedsvd",
            Period = 1,
            BaseModel = new BlobHash(0, 1),
            Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 48),
            LocalSteps = 10,
            SamplingRate = 0.1,
            Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
            UpdateBound = 1,
            WeightMax = 1,
            UpdateBytesMax = 1000,
            Privacy = new PrivacyTerms(NoiseMultiplier: 1, ClipNorm: 1, Delta: 1e-5),
        },
        new RoundPolicy
        {
            SelectingSeconds = 60,
            CollectingSeconds = 600,
            WorkSeconds = 30,
            EvaluatingSeconds = 120,
            CohortSize = agents,
            OverSelection = 1,
            Quorum = agents,
            DistinctAgentsMin = Math.Min(agents, 2),
            MissedQuorum = new(ExtendSeconds: 0, RetriesMax: 0, LastResort.Pause),
            WorkRetriesMax = 1,
        },
        new RunSchedule.Automatic(RestSeconds: 0),
        [new LayerShard("low", ["layer.0"]), new LayerShard("high", ["layer.1"])]);
}
