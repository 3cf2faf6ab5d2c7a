namespace FedLowRank.Benchmarks.Cluster;

/// <summary>The adapters of the cluster benchmark. Modules are square; updates are B alone.</summary>
internal static class ClusterShapes
{
    /// <summary>
    /// Query and value of RoBERTa-large's 24 layers: 48 modules of 1024 x 1024 at rank 8; an update has 1.57 MB.
    /// </summary>
    public static ClusterShape RobertaLarge { get; } = new("roberta-large", new(48, 1024, 1024, 8, Shards: 6));

    /// <summary>
    /// Query, key, value and output of Llama 7B's 32 layers: 128 modules of 4096 x 4096 at rank 16; an update has
    /// 33.6 MB.
    /// </summary>
    public static ClusterShape Llama7B { get; } = new("llama-7b", new(128, 4096, 4096, 16, Shards: 16));
}
