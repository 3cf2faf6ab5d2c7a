using FedLowRank.Cluster.Tests.World;
using FedLowRank.Federation.Tests.Hosting;

namespace FedLowRank.Cluster.Tests.Runs;

/// <summary>Goal and method as <see cref="ClusterRunTests"/>, with real updates and the real work on them.</summary>
public sealed class ClusterRealRunTests : RunSuite
{
    protected override async Task<FederationWorld> OpenAsync() => await ClusterWorld.OpenAsync(isReal: true);
}
