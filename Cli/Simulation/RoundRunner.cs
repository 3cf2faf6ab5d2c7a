using System.Diagnostics;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Privacy;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// Runs rounds: every agent of the cohort trains and sends, the exact sum is taken, and the method advances.
/// </summary>
internal sealed class RoundRunner(SimulatedFederation federation, ITrainingEngine engine, IRandomSource random)
{
    private readonly PrivateTrainer privateTrainer = new(engine, random);
    private readonly PlainTrainer plainTrainer = new(engine);

    /// <summary>Runs one round, from 0.</summary>
    /// <returns>Values that the agents saturated to the grid's bound.</returns>
    public long Run(int round, CancellationToken cancellation)
    {
        var layout = federation.Method.Trainables(federation.State, round);
        var grid = UpdateGrid.ForBound(layout, federation.Config.Training.UpdateBound);
        var start = federation.State.ToSingle(layout);
        engine.Load(federation.State, layout);

        var sum = new ExactSum(grid);
        var each = new List<AgentUpdate>();
        var saturated = 0L;
        foreach (var agent in federation.CohortOf(round))
        {
            var update = Train(agent, round, start, grid, cancellation);
            saturated += update.SaturatedCount;
            if (!sum.TryAdd(update.Values, agent.Weight, out var refusal))
            {
                throw new UnreachableException($"{agent.Name}: an update from our own grid was refused: {refusal}");
            }

            if (federation.Method.Needs == ServerNeeds.EachUpdate)
            {
                each.Add(new AgentUpdate(agent.Weight, ToDouble(update.Values)));
            }
        }

        federation.State = federation.Method.Advance(
            federation.State, round, new RoundUpdates(layout, sum.Mean(), each));
        return saturated;
    }

    private SendableUpdate Train(
        SimulatedAgent agent, int round, ReadOnlySpan<float> start, UpdateGrid grid, CancellationToken cancellation)
    {
        var config = federation.Config;
        var optimizer = config.Training.OptimizerOf(round, config.Rounds);
        agent.Rounds++;
        if (agent.Privacy is { } privacy)
        {
            if ((long)agent.Rounds * privacy.Schedule.LocalSteps > privacy.Schedule.Steps)
            {
                throw new UnreachableException($"{agent.Name} takes part more often than its noise is calibrated for");
            }

            var plan = new PrivateRound(
                privacy.Schedule, new ClipNorm(config.Privacy!.Clip), privacy.Noise, optimizer);
            var noised = privateTrainer.Train(start, agent.Examples, plan, cancellation);
            agent.Spend(noised.Spent);
            return SendableUpdate.From(noised, grid);
        }

        var order = new SeededSequence((ulong)config.Seed, $"batches of {agent.Name} in round {round}");
        var plain = new PlainRound
        {
            Steps = config.Training.LocalSteps,
            Batch = agent.Batch,
            GradientNormMax = config.Training.GradientNormMax,
            Optimizer = optimizer,
        };
        return SendableUpdate.From(
            plainTrainer.Train(start, agent.Examples, plain, order, cancellation),
            grid,
            new UploadPolicy { RunIsPrivate = config.Privacy is not null, OwnerWantsPrivacy = false });
    }

    private static double[] ToDouble(ReadOnlySpan<float> values)
    {
        var doubles = new double[values.Length];
        for (var i = 0; i < doubles.Length; i++)
        {
            doubles[i] = values[i];
        }

        return doubles;
    }
}
