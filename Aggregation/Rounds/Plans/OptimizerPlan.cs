namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>How local training follows its gradients. Every round begins with an optimizer without history.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="LearningRate">Of the first round.</param>
/// <param name="FinalLearningRate">Of the last round; between the two it falls (or rises) linearly.</param>
/// <param name="Momentum">Momentum of SGD, decay of Adam's first moment.</param>
/// <param name="SecondDecay">Decay of Adam's second moment.</param>
/// <param name="GradientNormMax">
/// Largest norm of a step's mean gradient in a run that is not private; null for no limit.
/// </param>
public sealed record OptimizerPlan(
    OptimizerRule Rule, double LearningRate, double FinalLearningRate, double Momentum, double SecondDecay,
    double? GradientNormMax)
{
    /// <summary>The learning rate of round <paramref name="round"/>, from 1, of <paramref name="rounds"/>.</summary>
    public double LearningRateOf(int round, int rounds) => rounds == 1
        ? LearningRate
        : LearningRate + ((FinalLearningRate - LearningRate) * (round - 1) / (rounds - 1));

    internal void AddProblems(PlanProblems problems)
    {
        problems.Positive("optimizer.learningRate", LearningRate);
        problems.Positive("optimizer.finalLearningRate", FinalLearningRate);
        problems.Range("optimizer.momentum", Momentum, 0, Math.BitDecrement(1.0));
        problems.Range("optimizer.secondDecay", SecondDecay, 0, Math.BitDecrement(1.0));
        if (GradientNormMax is { } norm) problems.Positive("optimizer.gradientNormMax", norm);
    }
}
