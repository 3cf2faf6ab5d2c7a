using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>A small run, and events that lead it into its first round.</summary>
internal static class RunSamples
{
    private static readonly DateTimeOffset Midnight = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static RunState Draft()
    {
        var hash = new BlobHash(0, 1);
        var policy = new RoundPolicy
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
        var plan = new RunPlan(
            Rounds: 2,
            new RoundPlan
            {
                Method = "fedsvd",
                Period = 1,
                BaseModel = hash,
                Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 48),
                LocalSteps = 10,
                SamplingRate = 0.1,
                Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
                UpdateBound = 1,
                WeightMax = 1,
                UpdateBytesMax = 1000,
                Privacy = new PrivacyTerms(NoiseMultiplier: 1, ClipNorm: 1, Delta: 1e-5),
            },
            policy,
            new RunSchedule.Automatic(RestSeconds: 0),
            [new LayerShard("all", ["layer.0"])]);
        return RunMachine.Create(new("run"), plan, new RunOrigin(0, hash, Parent: null), seed: 1, Midnight);
    }

    public static IEnumerable<RunEvent> Events()
    {
        var now = Midnight;
        DateTimeOffset Next() => now = now.AddSeconds(1);
        yield return new RunEvent.Asked(Next(), new("start"), "operator", new RunCommand.Start());
        yield return new RunEvent.AgentPresent(Next(), new("north"), AgentRole.Trainer);
        yield return new RunEvent.AgentPresent(Next(), new("south"), AgentRole.Trainer);
        yield return new RunEvent.AgentGone(Next(), new("south"));
        yield return new RunEvent.Restarted(Next());
        yield return new RunEvent.AgentPresent(Next(), new("south"), AgentRole.Trainer);
        yield return new RunEvent.Asked(Next(), new("pause"), "operator", new RunCommand.Pause(PauseMode.FinishRound));
        yield return new RunEvent.Ticked(Next().AddMinutes(2));
    }
}
