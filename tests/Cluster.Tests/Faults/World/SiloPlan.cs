using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>What differs between clusters.</summary>
internal sealed record SiloPlan
{
    /// <summary>Of the run.</summary>
    public WorldPlan Run { get; init; } = new() { Quorum = 3 };

    /// <summary>How many gateways there are.</summary>
    public int Gateways { get; init; } = 1;

    /// <summary>Where the first silo is, which then can be cut off; null where all are on loopback.</summary>
    public Island? Island { get; init; }
}
