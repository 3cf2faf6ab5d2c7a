namespace FedLowRank.Training.Local;

/// <summary>One agent's round of ordinary training.</summary>
public sealed record PlainRound
{
    /// <summary>Optimizer steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples in a step; an agent with fewer takes all of them.</summary>
    public required int Batch { get; init; }

    /// <summary>Largest L2 norm of a step's mean gradient; a longer one is scaled down to it.</summary>
    public double GradientNormMax { get; init; } = double.PositiveInfinity;

    /// <summary>The rule.</summary>
    public required OptimizerSettings Optimizer { get; init; }
}
