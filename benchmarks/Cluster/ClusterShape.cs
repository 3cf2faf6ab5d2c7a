using FedLowRank.Benchmarks.Service;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>An adapter of a known model's shape, by whose name figures are told.</summary>
/// <param name="Name">For figures.</param>
/// <param name="Plan">The adapter and its shards.</param>
internal sealed record ClusterShape(string Name, LoadPlan Plan);
