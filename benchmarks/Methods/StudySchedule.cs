using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// Rounds, steps and batches: the same for all methods. With privacy every agent touches about as many examples with
/// either optimizer, but Adam needs several steps in a round, as its state begins anew in each.
/// </summary>
internal sealed record StudySchedule(int Rounds, int LocalSteps, double SamplingRate)
{
    /// <summary>Learning rate of the last round over that of the first; it falls linearly.</summary>
    public const double FinalRateShare = 0.3;

    public static StudySchedule Of(bool isPrivate, OptimizerRule optimizer) => (isPrivate, optimizer) switch
    {
        (true, OptimizerRule.Sgd) => new StudySchedule(Rounds: 10, LocalSteps: 1, SamplingRate: 0.15),
        (true, _) => new StudySchedule(Rounds: 5, LocalSteps: 4, SamplingRate: 0.075),
        _ => new StudySchedule(Rounds: 6, LocalSteps: 8, SamplingRate: 0.015),
    };

    /// <summary>The rates that every method is tuned over.</summary>
    public static IReadOnlyList<double> Rates(bool isPrivate, OptimizerRule optimizer) => (isPrivate, optimizer) switch
    {
        (true, OptimizerRule.Sgd) => [8, 14, 22, 30, 40],
        (true, _) => [0.03, 0.06, 0.12, 0.24],
        (false, OptimizerRule.Sgd) => [1, 2, 4],
        _ => [0.001, 0.003, 0.01, 0.03],
    };
}
