using FedLowRank.Aggregation.Methods;
using FedLowRank.Privacy;
using FedLowRank.Training;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// Runs rounds: every agent of the cohort trains and sends, the exact sum is taken, and the method advances.
/// </summary>
internal sealed class RoundRunner(SimulatedFederation federation, ITrainingEngine engine, IRandomSource random)
{
    private readonly CohortTraining training = new(federation.Config, engine, random);

    /// <summary>Runs one round, from 0.</summary>
    /// <returns>
    /// Values that the agents saturated to the grid's bound, and what a method that cuts the sum to its rank lost.
    /// </returns>
    public (long Saturated, double? TruncationLoss) Run(int round, CancellationToken cancellation)
    {
        var config = federation.Config;
        var plan = new LocalPlan(
            config.Training.LocalSteps, config.Training.SettingsOf(round, config.Rounds), $"round {round}",
            federation.Method.Needs);
        var (updates, saturated) = training.Run(
            federation.State,
            state => federation.Method.Trainables(state, round),
            federation.CohortOf(round),
            plan,
            cancellation);
        foreach (var agent in federation.CohortOf(round))
        {
            agent.Rounds++;
        }

        var before = federation.State;
        federation.State = federation.Method.Advance(before, round, updates);
        return (
            saturated,
            federation.Method is FlexLora ? FlexLora.TruncationLoss(before, updates, federation.State) : null);
    }
}
