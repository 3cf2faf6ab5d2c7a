namespace FedLowRank.Benchmarks.Cluster;

/// <summary>One round, from its last receipt to its published adapter.</summary>
/// <param name="Silos">How many; 0 for the single process, the base line.</param>
/// <param name="Agents">How many have delivered.</param>
/// <param name="Shape">Name of the adapter's shape.</param>
/// <param name="Seconds">All together.</param>
/// <param name="SumSeconds">Of them until all shards are summed.</param>
/// <param name="RefreshSeconds">Of them from there until all shards are refreshed.</param>
/// <param name="CheckpointSeconds">Of them from there to the end.</param>
/// <param name="ProcessorSeconds">Processor time of all that work on it.</param>
/// <param name="SumBytesRead">Bytes that each silo read for its sums; for the single process one number.</param>
/// <param name="ShardBytesRead">Bytes that the sum of each shard read, in the order of the plan.</param>
/// <param name="ShardBytes">Bytes that the updates have of each shard.</param>
/// <param name="PeakMib">Most memory of any process, less what it had before the round.</param>
internal sealed record ClusterRow(
    int Silos, int Agents, string Shape, double Seconds, double SumSeconds, double RefreshSeconds,
    double CheckpointSeconds, double ProcessorSeconds, long[] SumBytesRead, long[] ShardBytesRead, long[] ShardBytes,
    double PeakMib);
