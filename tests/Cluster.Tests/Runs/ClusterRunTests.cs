using FedLowRank.Cluster.Tests.World;
using FedLowRank.Federation.Tests.Hosting;

namespace FedLowRank.Cluster.Tests.Runs;

/// <summary>
/// Goal: a cluster owes to runs what the single process does. Method: its suite, on two silos, with real updates and
/// the real work on them.
/// </summary>
public sealed class ClusterRunTests : RunSuite
{
    protected override async Task<FederationWorld> OpenAsync() => await ClusterWorld.OpenAsync(isReal: true);
}
