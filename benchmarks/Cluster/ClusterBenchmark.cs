using FedLowRank.Benchmarks.Service;
using FedLowRank.Federation.Storage.Blobs.Files;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// A round's work from the last receipt to the published adapter, by shape, agents and silos; beside it the same work
/// in a single process, the base line. All of them must publish the same bits.
/// </summary>
internal static class ClusterBenchmark
{
    private static readonly int[] Agents = [100, 1000];
    private static readonly int[] Silos = [1, 2, 3];

    /// <summary>Measures.</summary>
    /// <param name="silo">The cluster's program; null where its packages are lacking, for the base line alone.</param>
    /// <param name="say">Hears of each figure.</param>
    public static async Task<object> RunAsync(string? silo, Action<string> say)
    {
        if (silo is null) say("without silos, base line alone: the cluster's program is not built (no --silo PATH)");
        var refresh = ModulesRefresh.Measure(say);
        using var place = new Workplace();
        var blobs = place["blobs"];
        var stored = new List<StoredUpdates>();
        foreach (var shape in (ClusterShape[])[ClusterShapes.RobertaLarge, ClusterShapes.Llama7B])
            stored.Add(await StoredUpdates.WriteAsync(FileBlobStore.Open(blobs), shape, place));
        var rows = new List<ClusterRow>();
        await MeasureAsync(new SingleProcess(blobs, place), stored, rows, say);
        foreach (var count in silo is null ? [] : Silos)
        {
            await using var cluster = await SiloCluster.StartAsync(count, silo!, blobs, place, say);
            await MeasureAsync(cluster, stored, rows, say);
        }

        say(ClusterTable.Of(rows));
        return new { rows, refresh_ms = refresh.RefreshMs, refresh_vs_dense = refresh.RefreshVsDense };
    }

    private static async Task MeasureAsync(
        IClusterHost host, IReadOnlyList<StoredUpdates> stored, List<ClusterRow> rows, Action<string> say)
    {
        foreach (var updates in stored)
        {
            foreach (var agents in Agents)
            {
                var row = await host.MeasureAsync(updates, agents);
                rows.Add(row);
                Tell(say, row);
                var first = rows.First(each => each.Shape == row.Shape && each.Agents == row.Agents);
                if (row.Adapter != first.Adapter)
                    throw new InvalidOperationException($"{row.Host} published another adapter than {first.Host}");
            }
        }
    }

    private static void Tell(Action<string> say, ClusterRow row) => say(FormattableString.Invariant(
        $"{row.Shape}, {row.Agents} agents, {row.Host}: {row.Seconds:f2} s (sums {row.SumSeconds:f2}, ") +
        FormattableString.Invariant(
            $"refresh {row.RefreshSeconds:f2}, checkpoint {row.CheckpointSeconds:f2}), ") +
        FormattableString.Invariant($"{row.ProcessorSeconds.Sum():f2} s of processors; ") +
        FormattableString.Invariant(
            $"read {row.BytesRead.Sum() / 1e6:f1} MB for {row.UpdateBytes / 1e6:f1} MB of updates; ") +
        FormattableString.Invariant($"{row.PeakMib:f0} MiB more than idle [load {ProcessFigures.Load}]"));
}
