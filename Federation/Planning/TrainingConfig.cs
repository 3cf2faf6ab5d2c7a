using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Federation.Planning;

/// <summary>The local training of each agent in each round.</summary>
public sealed record TrainingConfig
{
    /// <summary>The optimizer.</summary>
    public required OptimizerRule Optimizer { get; init; }

    /// <summary>Learning rate of the first round.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Learning rate of the last round; between the two it falls (or rises) linearly.</summary>
    public required double FinalLearningRate { get; init; }

    /// <summary>Momentum of SGD, first decay of Adam.</summary>
    public required double Momentum { get; init; }

    /// <summary>Second decay of Adam.</summary>
    public required double SecondDecay { get; init; }

    /// <summary>Optimizer steps in a round, T.</summary>
    public required int LocalSteps { get; init; }

    /// <summary>Expected examples in a step, or null where <see cref="SamplingRate"/> is given.</summary>
    public required int? Batch { get; init; }

    /// <summary>
    /// Probability q of each example in a step, or null where <see cref="Batch"/> is given. An agent takes the q
    /// nearest to it that makes its expected batch a whole number, and privacy is accounted with that one.
    /// </summary>
    public required double? SamplingRate { get; init; }

    /// <summary>Largest norm of a step's mean gradient in a run that is not private; infinity for no limit.</summary>
    public required double GradientNormMax { get; init; }

    /// <summary>
    /// Bound on each value of a round's update; values beyond are saturated and counted. A fixed public number, so that
    /// the grid of the exact sum is known before the round.
    /// </summary>
    public required double UpdateBound { get; init; }

    /// <summary>
    /// Expected examples in a step of an agent whose owner declares <paramref name="nominalExamples"/>.
    /// </summary>
    public int BatchOf(int nominalExamples) =>
        Batch ?? Math.Max(1, (int)Math.Round(SamplingRate!.Value * nominalExamples));
}
