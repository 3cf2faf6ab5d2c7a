using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
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
        var shares = new Dictionary<int, RankShare>();
        var whole = ShareOf(federation.Config.Lora.Rank);
        var sum = new ExactSum(whole.Grid);
        var each = new List<AgentUpdate>();
        var saturated = 0L;
        RankShare? loaded = null;
        foreach (var agent in federation.CohortOf(round))
        {
            var share = ShareOf(agent.Rank);
            if (share != loaded)
            {
                engine.Load(share.State, share.Layout);
                loaded = share;
            }

            var update = Train(agent, round, share, cancellation);
            saturated += update.SaturatedCount;
            var values = RankPadding.Pad(share.Layout, update.Values, whole.Layout);
            if (!sum.TryAdd(values, agent.Weight, out var refusal))
            {
                throw new UnreachableException($"{agent.Name}: an update from our own grid was refused: {refusal}");
            }

            if (federation.Method.Needs == ServerNeeds.EachUpdate)
            {
                each.Add(new AgentUpdate(agent.Weight, [.. values.Select(v => (double)v)], agent.Rank));
            }
        }

        federation.State = federation.Method.Advance(
            federation.State, round, new RoundUpdates(whole.Layout, sum.Mean(), each));
        return saturated;

        RankShare ShareOf(int rank)
        {
            if (!shares.TryGetValue(rank, out var share))
            {
                var bound = federation.Config.Training.UpdateBound;
                shares.Add(rank, share = new RankShare(federation.Method, federation.State, rank, round, bound));
            }

            return share;
        }
    }

    private SendableUpdate Train(SimulatedAgent agent, int round, RankShare share, CancellationToken cancellation)
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
            var noised = privateTrainer.Train(share.Start, agent.Examples, plan, cancellation);
            agent.Spend(noised.Spent);
            return SendableUpdate.From(noised, share.Grid);
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
            plainTrainer.Train(share.Start, agent.Examples, plain, order, cancellation),
            share.Grid,
            new UploadPolicy { RunIsPrivate = config.Privacy is not null, OwnerWantsPrivacy = false });
    }
}
