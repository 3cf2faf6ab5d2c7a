namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>Tests on one cluster, alone on the machine, as they measure how long it takes to go on.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SilosTogether : ICollectionFixture<SiloWorldFixture>
{
    public const string Name = "silos";
}
