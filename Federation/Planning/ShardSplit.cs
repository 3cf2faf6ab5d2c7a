using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;

namespace FedLowRank.Federation.Planning;

/// <summary>Deals an adapter's layers, and then its head's tensors, out to shards of about the same size.</summary>
public static class ShardSplit
{
    // A shard is summed in memory by one worker; below this size a further one costs more than it saves.
    private const long BytesWanted = 64 << 20;

    /// <summary>The shards, in the adapter's order.</summary>
    /// <param name="adapter">At least one layer or tensor of a head.</param>
    /// <param name="count">How many; null for as many as its size asks for. Never more than there are parts.</param>
    public static ValueList<LayerShard> Of(AdapterShape adapter, int? count)
    {
        var parts = adapter.Layers
            .Select(layer => (Name: layer.Module, Bytes: layer.Tensors().Sum(tensor => (long)tensor.Count)))
            .Concat(adapter.Head.Select(tensor => (tensor.Name, Bytes: (long)tensor.Spec().Count)))
            .Select(part => part with { Bytes = part.Bytes * sizeof(double) }).ToList();
        var total = parts.Sum(part => part.Bytes);
        var shards = count ?? (int)Math.Min((total + BytesWanted - 1) / BytesWanted, RunPlan.ShardsMax);
        return Split([.. parts.Select(part => part.Name)], [.. parts.Select(part => part.Bytes)], shards);
    }

    // A part goes to the shard in which its middle lies, were the bytes cut evenly; each later shard must be left at
    // least one part.
    private static ValueList<LayerShard> Split(string[] names, long[] bytes, int wanted)
    {
        var count = Math.Min(wanted, names.Length);
        var total = (double)bytes.Sum();
        var lists = Enumerable.Range(0, count).Select(_ => new List<string>()).ToArray();
        var (shard, before) = (0, 0.0);
        for (var i = 0; i < names.Length; i++)
        {
            var ideal = (int)((before + (bytes[i] / 2.0)) / total * count);
            var least = count - (names.Length - i);
            var next = Math.Max(Math.Min(ideal, shard + 1), least);
            if (lists[shard].Count > 0 && next > shard) shard++;
            lists[shard].Add(names[i]);
            before += bytes[i];
        }

        return lists.Select(list => new LayerShard(Name(list), list.ToValueList())).ToValueList();
    }

    private static string Name(List<string> layers) =>
        layers.Count == 1 ? layers[0] : $"{layers[0]} to {layers[^1]}";
}
