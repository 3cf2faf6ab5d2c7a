using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Planning;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>What a run will cost, foretold.</summary>
public sealed record DraftFigures
{
    /// <summary>Noise multiplier; null in a run that is not private.</summary>
    public required double? Sigma { get; init; }

    /// <summary>
    /// Epsilon of an agent that is in all rounds, after about each quarter of them; empty in a run that is not private.
    /// </summary>
    public required IReadOnlyList<(int Round, double Epsilon)> Spent { get; init; }

    /// <summary>Examples of one step that are expected of an agent; null where its examples are not known.</summary>
    public required double? Batch { get; init; }

    /// <summary>
    /// From the first invitation to a checkpoint that is evaluated, if every wait and every retry of the server's own
    /// work is used up and the round is not tried again.
    /// </summary>
    public required TimeSpan RoundMax { get; init; }

    /// <summary>The longest that all rounds take without any being tried again.</summary>
    public required TimeSpan RunMax { get; init; }

    /// <summary>Bytes and memory; null where the adapter is not known.</summary>
    public required DraftSizes? Sizes { get; init; }

    /// <summary>Foretells.</summary>
    /// <param name="config">The run file.</param>
    /// <param name="privacy">Its noise.</param>
    /// <param name="examples">Of an agent; null where it is not known.</param>
    /// <param name="sizes">Bytes and memory.</param>
    /// <param name="accountant">Counts epsilon.</param>
    public static DraftFigures Of(
        RunConfig config, PrivacyTerms? privacy, int? examples, DraftSizes? sizes, IAccountant accountant)
    {
        var rate = config.Training.SamplingRate!.Value;
        var quarters = Enumerable.Range(1, 4).Select(quarter => (int)Math.Ceiling(config.Rounds * quarter / 4.0));
        var policy = config.Policy;
        var round = TimeSpan.FromSeconds(
            policy.SelectingSeconds + (double)policy.CollectingSeconds + policy.MissedQuorum.ExtendSeconds +
            (3.0 * (1 + policy.WorkRetriesMax) * policy.WorkSeconds) + policy.EvaluatingSeconds);
        var between = config.Schedule switch
        {
            RunSchedule.Automatic automatic => automatic.RestSeconds,
            RunSchedule.Manual manual => manual.TriggerWithinSeconds,
            _ => throw new UnreachableException(config.Schedule.GetType().Name),
        };
        return new()
        {
            Sigma = privacy?.NoiseMultiplier,
            Spent = privacy is null ? [] : [.. quarters.Distinct().Select(rounds => (rounds, Epsilon(rounds)))],
            Batch = rate * examples,
            RoundMax = round,
            RunMax = (config.Rounds * round) + ((config.Rounds - 1) * TimeSpan.FromSeconds(between)),
            Sizes = sizes,
        };

        double Epsilon(int rounds) => accountant.Epsilon(
            [new MechanismEvent(rate, privacy.NoiseMultiplier, (long)rounds * config.Training.LocalSteps)],
            privacy.Delta);
    }
}

/// <summary>Bytes that a run moves and holds.</summary>
/// <param name="Up">Largest update of one agent in one round.</param>
/// <param name="Down">The checkpoint that one agent fetches in one round.</param>
/// <param name="All">Both, of all invited agents in all rounds; what is sent again is not counted.</param>
/// <param name="ServerMemory">While a round is summed: its sum and mean, the adapter before and after.</param>
/// <param name="ServerDisk">All checkpoints and the updates of one round.</param>
/// <param name="AgentMemory">Adapter, sums, gradients and optimizer; no base model and activations.</param>
/// <param name="ModelMemory">The base model's linear layers as an agent holds them; null where not known.</param>
public sealed record DraftSizes(
    double Up, double Down, double All, double ServerMemory, double ServerDisk, double AgentMemory, double? ModelMemory)
{
    // The clipped sum of 8 bytes; start, values, gradient, difference and update of 4 each.
    private const int AgentBytesPerTrained = 28;

    // One scale for each group of a quantised row.
    private const double BytesPerScale = (double)sizeof(float) / 64;

    /// <summary>Foretells.</summary>
    /// <param name="plan">Of the run.</param>
    /// <param name="start">What it starts from.</param>
    /// <param name="linearWeights">Of the base model; null where they are not known.</param>
    public static DraftSizes Of(RunPlan plan, AdapterShape start, long? linearWeights)
    {
        double master = sizeof(double) * (double)start.Layout().Count;
        double up = plan.Round.UpdateBytesMax;
        var trained = up / sizeof(float);
        var invited = Math.Ceiling(plan.Policy.CohortSize * plan.Policy.OverSelection);
        var moments = plan.Round.Optimizer.Rule == OptimizerRule.Adam ? 2 : 1;
        return new(
            up, master, invited * plan.Rounds * (up + master),
            (trained * (sizeof(long) + sizeof(double))) + (2 * master),
            ((plan.Rounds + 1) * master) + (invited * up),
            master + (trained * (AgentBytesPerTrained + (moments * sizeof(float)))),
            linearWeights * BytesPerWeight(plan.Round.BaseFormat));
    }

    private static double BytesPerWeight(WeightFormat format) => format switch
    {
        WeightFormat.Full => sizeof(float),
        WeightFormat.EightBit => 1 + BytesPerScale,
        WeightFormat.FourBit => 0.5 + BytesPerScale,
        _ => throw new UnreachableException($"{format}"),
    };
}
