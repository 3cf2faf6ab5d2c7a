using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Running;

namespace FedLowRank.Grains.Work;

/// <summary>
/// Does the server's work on one shard of layers of one run; its name is the run's, a slash and the shard's index. It
/// sees names of blobs only: what it reads and writes goes between its silo and the blob store.
/// </summary>
[Alias("fedlowrank.layer-aggregator")]
internal interface IAggregatorGrain : IGrainWithStringKey
{
    /// <summary>Begins a piece of work, unless it is being done, and drops any other.</summary>
    [Alias("work")]
    Task WorkAsync(RunId run, WorkPiece piece);

    /// <summary>Drops a piece of work.</summary>
    [Alias("drop")]
    Task DropAsync(WorkPiece piece);
}
