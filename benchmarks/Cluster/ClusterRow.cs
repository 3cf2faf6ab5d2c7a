namespace FedLowRank.Benchmarks.Cluster;

/// <summary>One round, from its last receipt to its published adapter.</summary>
/// <param name="Silos">How many; 0 for the single process, the base line.</param>
/// <param name="Agents">How many have delivered.</param>
/// <param name="Shape">Name of the adapter's shape.</param>
/// <param name="Seconds">All together.</param>
/// <param name="SumSeconds">Of them until all shards are summed.</param>
/// <param name="RefreshSeconds">Of them from there until all shards are refreshed.</param>
/// <param name="CheckpointSeconds">Of them from there to the end.</param>
/// <param name="ProcessorSeconds">Processor time that each process took for it.</param>
/// <param name="BytesRead">Bytes that each process read from files, for whatever part of it.</param>
/// <param name="ShardBytesRead">
/// Bytes that the sum of each shard read, in the order of the plan; none on silos, which do not tell them apart.
/// </param>
/// <param name="UpdateBytes">Bytes of all updates together, each counted as often as it is summed.</param>
/// <param name="PeakMib">Most memory of any process, less what it had when it was at rest.</param>
/// <param name="Adapter">Hash of the names of the adapter's parts: equal where all its bits are.</param>
internal sealed record ClusterRow(
    int Silos, int Agents, string Shape, double Seconds, double SumSeconds, double RefreshSeconds,
    double CheckpointSeconds, double[] ProcessorSeconds, long[] BytesRead, long[] ShardBytesRead, long UpdateBytes,
    double PeakMib, string Adapter)
{
    /// <summary>What did the work, for people.</summary>
    public string Host => Silos switch
    {
        0 => "one process",
        1 => "1 silo",
        _ => FormattableString.Invariant($"{Silos} silos"),
    };

    /// <summary>Share of the machine's processors that was taken.</summary>
    public double Busy => ProcessorSeconds.Sum() / (Seconds * Environment.ProcessorCount);
}
