using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Privacy;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;
using FedLowRank.Training;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>Lets agents train one after the other from one state, and takes the exact sum of what they send.</summary>
internal sealed class CohortTraining(SimulationConfig config, ITrainingEngine engine, IRandomSource random)
{
    private readonly PrivateTrainer privateTrainer = new(engine, random);
    private readonly PlainTrainer plainTrainer = new(engine);

    /// <summary>Trains every agent of the cohort once.</summary>
    /// <param name="state">What all start from; an agent of lower rank starts from its leading part.</param>
    /// <param name="trainables">What of a state is trained.</param>
    /// <param name="cohort">Who takes part.</param>
    /// <param name="plan">What each does.</param>
    /// <param name="cancellation">Looked at before every local step.</param>
    /// <returns>
    /// The updates, as far as the plan keeps them, and the number of values that were saturated to the grid's bound.
    /// </returns>
    public (RoundUpdates Updates, long Saturated) Run(
        Adapter state,
        Func<Adapter, TensorLayout> trainables,
        IEnumerable<SimulatedAgent> cohort,
        LocalPlan plan,
        CancellationToken cancellation)
    {
        var shares = new Dictionary<int, RankShare>();
        var whole = ShareOf(config.Lora.Rank);
        var sum = new ExactSum(whole.Grid);
        var each = new List<AgentUpdate>();
        var saturated = 0L;
        RankShare? loaded = null;
        foreach (var agent in cohort)
        {
            var share = ShareOf(agent.Rank);
            if (share != loaded)
            {
                engine.Load(share.State, share.Layout);
                loaded = share;
            }

            var update = Train(agent, share, plan, cancellation);
            saturated += update.SaturatedCount;
            var values = RankPadding.Pad(share.Layout, update.Values, whole.Layout);
            if (!sum.TryAdd(values, agent.Weight, out var refusal))
            {
                throw new UnreachableException($"{agent.Name}: an update from our own grid was refused: {refusal}");
            }

            if (plan.Needs == ServerNeeds.EachUpdate)
            {
                each.Add(new AgentUpdate(agent.Weight, [.. values.Select(v => (double)v)], agent.Rank));
            }
        }

        return (new RoundUpdates(whole.Layout, sum.Mean(), each), saturated);

        RankShare ShareOf(int rank)
        {
            if (!shares.TryGetValue(rank, out var share))
            {
                shares.Add(rank, share = new RankShare(state.Truncated(rank), trainables, config.Training.UpdateBound));
            }

            return share;
        }
    }

    private SendableUpdate Train(
        SimulatedAgent agent, RankShare share, LocalPlan plan, CancellationToken cancellation)
    {
        if (agent.Privacy is { } privacy)
        {
            if (agent.Spent.Sum(e => e.Steps) + plan.Steps > privacy.StepsMax)
            {
                throw new UnreachableException($"{agent.Name} takes more steps than its noise is calibrated for");
            }

            var batch = config.Training.BatchOf(agent.NominalExamples);
            var round = new PrivateRound(
                new PrivateSchedule(agent.NominalExamples, batch, rounds: 1, plan.Steps),
                new ClipNorm(config.Privacy!.Clip), privacy.Noise, plan.Optimizer);
            var noised = privateTrainer.Train(share.Start, agent.Examples, round, cancellation);
            agent.Spend(noised.Spent);
            return SendableUpdate.From(noised, share.Grid);
        }

        var order = new SeededSequence((ulong)config.Seed, $"batches of {agent.Name} in {plan.Purpose}");
        var plain = new PlainRound
        {
            Steps = plan.Steps,
            Batch = agent.Batch,
            GradientNormMax = config.Training.GradientNormMax,
            Optimizer = plan.Optimizer,
        };
        return SendableUpdate.From(
            plainTrainer.Train(share.Start, agent.Examples, plain, order, cancellation),
            share.Grid,
            new UploadPolicy { RunIsPrivate = config.Privacy is not null, OwnerWantsPrivacy = false });
    }
}
