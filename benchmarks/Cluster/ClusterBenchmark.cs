using FedLowRank.Benchmarks.Service;
using FedLowRank.Federation.Storage.Blobs.Files;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>A round's work from the last receipt to the published adapter, by shape and agents.</summary>
internal static class ClusterBenchmark
{
    private static readonly int[] Agents = [100, 1000];

    public static async Task<object> RunAsync(Action<string> say)
    {
        var refresh = ModulesRefresh.Measure(say);
        var rows = new List<ClusterRow>();
        foreach (var shape in (ClusterShape[])[ClusterShapes.RobertaLarge, ClusterShapes.Llama7B])
        {
            using var place = new Workplace();
            var updates = await StoredUpdates.WriteAsync(FileBlobStore.Open(place["blobs"]), shape, place);
            IClusterHost[] hosts = [new SingleProcess(place["blobs"], place)];
            foreach (var agents in Agents)
            {
                foreach (var host in hosts)
                {
                    var row = await host.MeasureAsync(updates, agents);
                    rows.Add(row);
                    Tell(say, row);
                }
            }
        }

        return new { rows, refresh_ms = refresh.RefreshMs, refresh_vs_dense = refresh.RefreshVsDense };
    }

    private static void Tell(Action<string> say, ClusterRow row) => say(FormattableString.Invariant(
        $"{row.Shape}, {row.Agents} agents, {(row.Silos == 0 ? "single process" : $"{row.Silos} silos")}: ") +
        FormattableString.Invariant(
            $"{row.Seconds:f2} s (sums {row.SumSeconds:f2}, refresh {row.RefreshSeconds:f2}, ") +
        FormattableString.Invariant(
            $"checkpoint {row.CheckpointSeconds:f2}), {row.ProcessorSeconds:f2} s of processors; ") +
        FormattableString.Invariant(
            $"read {row.ShardBytesRead.Sum() / 1e6:f1} MB for {row.ShardBytes.Sum() / 1e6:f1} MB of updates, ") +
        FormattableString.Invariant(
            $"at most {row.ShardBytesRead.Max() / 1e6:f1} MB for one of {row.ShardBytesRead.Length} shards; ") +
        FormattableString.Invariant($"{row.PeakMib:f0} MiB more than idle [load {ProcessFigures.Load}]"));
}
