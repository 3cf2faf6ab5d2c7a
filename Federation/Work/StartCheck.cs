using System.Globalization;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Federation.Checkpoints;

namespace FedLowRank.Federation.Work;

/// <summary>Whether the adapter that a run, or a fork, is to start from suits its plan.</summary>
internal static class StartCheck
{
    /// <summary>One sentence for each thing that does not suit; empty where all does.</summary>
    /// <param name="plan">What is to be done with the adapter.</param>
    /// <param name="start">The checkpoint; its own plan may be another.</param>
    /// <param name="done">Rounds that lie behind the start: 0, or for a fork the checkpoint's round.</param>
    /// <param name="reader">Reads the checkpoint.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CheckpointException">The adapter is missing, damaged or none.</exception>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(
        RunPlan plan, CheckpointManifest start, int done, CheckpointReader reader, CancellationToken cancellationToken)
    {
        if (plan.Problems() is { Count: > 0 } limits) return limits;
        var shape = await reader.CheckPartsAsync(start, cancellationToken);
        var problems = Sharding(plan, shape).Concat(Updates(plan, done, shape))
            .Distinct(StringComparer.Ordinal).ToList();
        if (problems.Count > 0) return problems;

        // A shard at a time, so that no more is in memory than when the shard is refreshed.
        var method = plan.Round.CreateMethod();
        foreach (var shard in plan.Shards)
        {
            try
            {
                var part = await reader.ReadAdapterAsync(start, shard.Layers, cancellationToken);
                var layout = method.Trainables(part, done);
                method.Advance(part, done, new RoundUpdates(layout, new double[layout.Count]));
            }
            catch (Exception error) when (error is CheckpointException or ArgumentException)
            {
                problems.Add($"shard {shard.Name}: {error.Message}");
            }
        }

        return problems;
    }

    private static IEnumerable<string> Sharding(RunPlan plan, AdapterShape shape)
    {
        var names = shape.Names().ToList();
        var known = names.ToHashSet(StringComparer.Ordinal);
        foreach (var shard in plan.Shards)
        {
            foreach (var layer in shard.Layers.Where(layer => !known.Contains(layer)))
                yield return $"shard {shard.Name} names {layer}, of which the adapter has no layer or head tensor";
        }

        var sharded = plan.Shards.SelectMany(shard => shard.Layers).ToHashSet(StringComparer.Ordinal);
        foreach (var name in names.Where(name => !sharded.Contains(name)))
            yield return $"{name} of the adapter is in no shard; it must be in 1";
        foreach (var twice in names.GroupBy(name => name).Where(group => group.Count() > 1))
            yield return $"{twice.Key} is the name of a layer and of a head tensor; use another for one of them";
    }

    private static IEnumerable<string> Updates(RunPlan plan, int done, AdapterShape shape)
    {
        // What a method trains changes with its turn, and a turn takes a period.
        foreach (var round in (int[])[done + 1, done + 1 + plan.Round.Period])
        {
            if (round > plan.Rounds) continue;
            if (Update(plan.Round, round, shape) is { } problem)
            {
                yield return problem;
                continue;
            }

            foreach (var shard in plan.Shards)
            {
                var bytes = UpdateForm.Of(plan.Round, round, shape.Part(shard.Layers)).Grid.Layout.Count * 4L;
                if (bytes > ShardSections.BytesMax) yield return TooLarge(shard, round, bytes);
            }
        }
    }

    private static string TooLarge(LayerShard shard, int round, long bytes) => string.Create(
        CultureInfo.InvariantCulture,
        $"shard {shard.Name} has {bytes} bytes of an update of round {round}; at most {ShardSections.BytesMax} are " +
            $"summed in one: split it");

    private static string? Update(RoundPlan plan, int round, AdapterShape shape)
    {
        try
        {
            var form = UpdateForm.Of(plan, round, shape);
            if (form.Grid.Layout.Count == 0) return $"{plan.Method} finds nothing to train in the adapter";
            return form.Bytes <= plan.UpdateBytesMax
                ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"an update of round {round} has {form.Bytes} bytes; updateBytesMax is {plan.UpdateBytesMax}");
        }
        catch (Exception error) when (error is ArgumentException or SafetensorsException)
        {
            return $"{plan.Method} cannot train the adapter: {error.Message}";
        }
    }
}
