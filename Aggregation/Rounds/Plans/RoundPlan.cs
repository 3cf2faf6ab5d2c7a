using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>What each round asks of an agent. Public constants only; nothing derives from data.</summary>
public sealed record RoundPlan
{
    /// <summary>Most local steps of a round.</summary>
    public const int LocalStepsMax = 1_000_000;

    /// <summary>Most rounds from one refresh to the next.</summary>
    public const int PeriodMax = 1000;

    /// <summary>
    /// Name of the federated method, for example <c>fedsvd</c>; one that needs only the weighted sum.
    /// </summary>
    public required string Method { get; init; }

    /// <summary>
    /// Rounds from one refresh to the next, or on one factor; see <see cref="MethodOptions.Period"/>.
    /// </summary>
    public required int Period { get; init; }

    /// <summary>Hash of the base model that every agent must hold.</summary>
    public required BlobHash BaseModel { get; init; }

    /// <summary>
    /// How every agent and evaluator holds the base model's linear layers: the adapter belongs to these weights.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public WeightFormat BaseFormat { get; init; }

    /// <summary>What is learnt of which texts.</summary>
    public required TaskPlan Task { get; init; }

    /// <summary>Steps that an agent takes in a round.</summary>
    public required int LocalSteps { get; init; }

    /// <summary>
    /// Chance q of each example to be in a step's batch. The expected batch is q n with the n that the owner declares.
    /// </summary>
    public required double SamplingRate { get; init; }

    /// <summary>How the steps follow their gradients.</summary>
    public required OptimizerPlan Optimizer { get; init; }

    /// <summary>Bound on each value of an update; a public number that fixes the grid of the exact sum.</summary>
    public required double UpdateBound { get; init; }

    /// <summary>Most that one agent's declared weight counts; 1 weighs all alike.</summary>
    public required int WeightMax { get; init; }

    /// <summary>Most bytes of one update.</summary>
    public required long UpdateBytesMax { get; init; }

    /// <summary>Null only in a run that says openly that it is not private.</summary>
    public required PrivacyTerms? Privacy { get; init; }

    /// <summary>The method by its name.</summary>
    /// <exception cref="ArgumentException">The plan is out of its limits.</exception>
    public IFederatedMethod CreateMethod() => FederatedMethods.Create(Method, new MethodOptions { Period = Period });

    internal void AddProblems(PlanProblems problems)
    {
        if (!FederatedMethods.Names.Contains(Method))
        {
            problems.Add($"method is '{Method}'; choose one of {string.Join(", ", FederatedMethods.Names)}");
        }
        else if (FederatedMethods.Create(Method, new MethodOptions()).Needs != ServerNeeds.WeightedSum)
        {
            problems.Add($"method is {Method}, which needs each update by itself; a service sums them");
        }

        problems.Range("period", Period, 1, PeriodMax);
        problems.Range("localSteps", LocalSteps, 1, LocalStepsMax);
        problems.Positive("samplingRate", SamplingRate, 1);
        problems.Range("weightMax", WeightMax, 1, ExactSum.WeightMax);
        problems.Range("updateBytesMax", UpdateBytesMax, 1, 1L << 40);
        problems.Range(
            "updateBound", UpdateBound, Math.ScaleB(1, TensorGrid.StepExponentMin),
            Math.ScaleB(TensorGrid.StepsLimit, TensorGrid.StepExponentMax));
        Task.AddProblems(problems);
        Optimizer.AddProblems(problems);
        if (Privacy is null) return;
        problems.Positive("privacy.noiseMultiplier", Privacy.NoiseMultiplier);
        problems.Positive("privacy.clipNorm", Privacy.ClipNorm);
        problems.Positive("privacy.delta", Privacy.Delta, PrivacyTerms.DeltaMax);
    }
}
