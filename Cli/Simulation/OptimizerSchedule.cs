using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Planning;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>The optimizer of each round.</summary>
internal static class OptimizerSchedule
{
    /// <summary>The optimizer of round <paramref name="round"/> (from 0) of <paramref name="rounds"/>.</summary>
    public static OptimizerSettings SettingsOf(this TrainingConfig training, int round, int rounds) => new()
    {
        Kind = training.Optimizer == OptimizerRule.Adam ? OptimizerKind.Adam : OptimizerKind.Sgd,
        LearningRate = rounds == 1
            ? training.LearningRate
            : training.LearningRate
                + ((training.FinalLearningRate - training.LearningRate) * round / (rounds - 1)),
        Momentum = training.Momentum,
        SecondDecay = training.SecondDecay,
    };
}
