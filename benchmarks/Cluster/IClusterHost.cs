namespace FedLowRank.Benchmarks.Cluster;

/// <summary>Whatever does a round's work in the benchmark: a single process, or silos that are processes.</summary>
internal interface IClusterHost
{
    /// <summary>Measures one round.</summary>
    /// <param name="updates">What agents deliver, as it is stored.</param>
    /// <param name="agents">How many deliver.</param>
    Task<ClusterRow> MeasureAsync(StoredUpdates updates, int agents);
}
