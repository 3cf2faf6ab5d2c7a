using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>All that a run is told before it starts; it never changes afterwards. A fork may take another.</summary>
/// <param name="Rounds">Number of the last round, at least 1.</param>
/// <param name="Round">What each round asks of an agent.</param>
/// <param name="Policy">Whom a round needs and how long it waits.</param>
/// <param name="Schedule">What starts the next round.</param>
/// <param name="Shards">How the server's work on a round is split; every adapted layer in exactly one shard.</param>
public sealed record RunPlan(
    int Rounds, RoundPlan Round, RoundPolicy Policy, RunSchedule Schedule, ValueList<LayerShard> Shards)
{
    /// <summary>Most rounds of a run.</summary>
    public const int RoundsMax = 100_000;

    /// <summary>Most shards.</summary>
    public const int ShardsMax = 4096;

    /// <summary>
    /// One sentence for each field out of its limits, naming field, value and limit; empty for a good plan.
    /// </summary>
    public ValueList<string> Problems()
    {
        var problems = new PlanProblems();
        problems.Range("rounds", Rounds, 1, RoundsMax);
        problems.Range("number of shards", Shards.Count, 1, ShardsMax);
        var layers = Shards.SelectMany(shard => shard.Layers).ToList();
        foreach (var twice in layers.GroupBy(layer => layer).Where(group => group.Count() > 1))
            problems.Add($"layer {twice.Key} is in {twice.Count()} shards; it must be in 1");
        foreach (var shard in Shards.Where(shard => shard.Layers.Count == 0))
            problems.Add($"shard {shard.Name} has no layers");
        Round.AddProblems(problems);
        Policy.AddProblems(problems);
        Schedule.AddProblems(problems);
        return problems.All;
    }
}
