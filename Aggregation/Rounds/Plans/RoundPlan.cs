using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>What each round asks of an agent. Public constants only; nothing derives from data.</summary>
/// <param name="Method">Name of the federated method, for example <c>fedsvd</c>.</param>
/// <param name="BaseModel">Hash of the base model that every agent must hold.</param>
/// <param name="LocalSteps">Steps that an agent takes in a round.</param>
/// <param name="SamplingRate">Chance of each example to be in a step's batch.</param>
/// <param name="LearningRate">Of the agent's optimizer.</param>
/// <param name="WeightMax">Most that one agent's declared weight counts; 1 weighs all alike.</param>
/// <param name="UpdateBytesMax">Most bytes of one update.</param>
/// <param name="Privacy">Null only in a run that says openly that it is not private.</param>
public sealed record RoundPlan(
    string Method, BlobHash BaseModel, int LocalSteps, double SamplingRate, double LearningRate, int WeightMax,
    long UpdateBytesMax, PrivacyTerms? Privacy)
{
    /// <summary>Most local steps of a round.</summary>
    public const int LocalStepsMax = 1_000_000;

    internal void AddProblems(PlanProblems problems)
    {
        if (string.IsNullOrWhiteSpace(Method)) problems.Add("method is empty; name a federated method");
        problems.Range("localSteps", LocalSteps, 1, LocalStepsMax);
        problems.Positive("samplingRate", SamplingRate, 1);
        problems.Positive("learningRate", LearningRate);
        problems.Range("weightMax", WeightMax, 1, ExactSum.WeightMax);
        problems.Range("updateBytesMax", UpdateBytesMax, 1, 1L << 40);
        if (Privacy is null) return;
        problems.Positive("privacy.noiseMultiplier", Privacy.NoiseMultiplier);
        problems.Positive("privacy.clipNorm", Privacy.ClipNorm);
        problems.Positive("privacy.delta", Privacy.Delta, PrivacyTerms.DeltaMax);
    }
}
