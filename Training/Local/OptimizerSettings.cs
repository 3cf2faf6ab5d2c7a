using System.Diagnostics;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Local;

/// <summary>
/// Which optimizer a round's steps use. The trainers make a new one, without history, for every round.
/// </summary>
public sealed record OptimizerSettings
{
    /// <summary>The rule.</summary>
    public required OptimizerKind Kind { get; init; }

    /// <summary>Positive and finite.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Momentum of SGD, decay of Adam's first moment; at least 0 and below 1.</summary>
    public double Momentum { get; init; }

    /// <summary>Decay of Adam's second moment; at least 0 and below 1.</summary>
    public double SecondDecay { get; init; } = 0.999;

    /// <summary>An optimizer without history for <paramref name="count"/> trained values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its limits.</exception>
    public IOptimizer Create(int count) => Kind switch
    {
        OptimizerKind.Sgd => new SgdMomentum(count, LearningRate, Momentum),
        OptimizerKind.Adam => new Adam(count, LearningRate, Momentum, SecondDecay),
        _ => throw new UnreachableException($"unknown optimizer {Kind}"),
    };
}
