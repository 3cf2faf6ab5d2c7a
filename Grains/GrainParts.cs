using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;

namespace FedLowRank.Grains;

/// <summary>What the grains of one silo stand on; the same stores for every silo. They dispose of none of it.</summary>
public sealed record GrainParts
{
    /// <summary>Holds all that is to be remembered; every silo writes it, each stream by one grain at a time.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>Holds adapters, updates and checkpoints.</summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>Does the server's part of a round.</summary>
    public required IRoundWork Work { get; init; }

    /// <summary>Signs checkpoints and the audit log; the same on every silo.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>The clock by which rules are judged.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many pieces of a round's work this silo does at once.</summary>
    public int WorkersMax { get; init; } = Environment.ProcessorCount;

    /// <summary>After so many entries of a stream its state is saved.</summary>
    public int SnapshotEntries { get; init; } = 1000;
}
