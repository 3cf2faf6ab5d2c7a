using FedLowRank.Cluster.Tests.World;
using FedLowRank.Federation.Tests.Hosting;

namespace FedLowRank.Cluster.Tests.People;

/// <summary>Goal: people in a cluster. Method: the suite that every implementation runs, on two silos.</summary>
public sealed class ClusterPeopleTests : PeopleSuite
{
    protected override async Task<FederationWorld> OpenAsync() => await ClusterWorld.OpenAsync();
}
