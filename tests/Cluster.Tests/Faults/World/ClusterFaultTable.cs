using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Worlds;

[assembly: AssemblyFixture(typeof(ClusterFaultTable))]

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>What was done to the cluster.</summary>
public sealed class ClusterFaultTable() : FaultTable("cluster-faults.md");
