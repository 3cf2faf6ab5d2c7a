using Orleans.Configuration;

namespace FedLowRank.Silo.Clustering;

/// <summary>
/// How silos find out that one of them is gone, from one figure: the detection time D, in which it is to be declared
/// dead. Orleans adapts the timeout of a probe to the answers it sees, within limits; three missed in a row are a vote.
/// <list type="bullet">
/// <item>A process that was killed refuses connections: its probes fail at once, one each D/10 where answers are quick,
/// so that both other silos of three vote within about D/3.</item>
/// <item>One that is stuck, or cut off, and whose connections look alive, gets its vote once nothing came from it for
/// three of the longest probes, 3D/4.</item>
/// <item>Two votes are needed, so that one silo that is itself cut off cannot throw out all others. Where only one is
/// left to vote, as when two of three are gone, its vote suffices once the others have not said in the database that
/// they are alive for 4D/5.</item>
/// <item>Silos probe each other directly only. A probe by way of a third silo that is dead, too, would count as none,
/// and the two would be held alive for each other's sake.</item>
/// </list>
/// </summary>
internal static class MembershipTimes
{
    /// <summary>Sets the membership of a silo.</summary>
    /// <param name="options">To set.</param>
    /// <param name="detection">D.</param>
    public static void Set(ClusterMembershipOptions options, TimeSpan detection)
    {
        options.ProbeTimeout = detection / 5;
        options.MinProbeTimeout = detection / 10;
        options.MaxProbeTimeout = detection / 4;
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;
        options.EnableIndirectProbes = false;
        options.IAmAliveTablePublishTimeout = detection / 5;
        options.NumMissedTableIAmAliveLimit = 4;

        // News of the table come by gossip; this is for a silo that missed it.
        options.TableRefreshTimeout = detection * 2;
        options.DeathVoteExpirationTimeout = detection * 12;
    }
}
