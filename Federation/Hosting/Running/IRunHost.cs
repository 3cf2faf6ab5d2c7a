using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>What the actor of a run needs of whoever hosts it.</summary>
internal interface IRunHost
{
    /// <summary>Holds the run.</summary>
    IJournal Journal { get; }

    /// <summary>
    /// Whether nobody else can write the run: then a conflict is damage. Else another host has taken the run over.
    /// </summary>
    bool IsSoleWriter { get; }

    /// <summary>Signs checkpoints.</summary>
    CertificateAuthority Authority { get; }

    /// <summary>The clock and the timers of the rules.</summary>
    TimeProvider Time { get; }

    /// <summary>After so many entries the state is saved.</summary>
    int SnapshotEntries { get; }

    /// <summary>Where what people ask for is written.</summary>
    IAuditSink Audit { get; }

    /// <summary>Who listens.</summary>
    IRunPresence Presence { get; }

    /// <summary>Tells the operator.</summary>
    ILogger Logger { get; }

    /// <summary>Who does a run's work.</summary>
    IRunWork WorkOf(RunActor run);

    /// <summary>Makes an ordered fork, and tells its parent of it.</summary>
    void Fork(RunActor parent, ForkOrder order);

    /// <summary>Entries have become durable.</summary>
    /// <param name="run">Whose.</param>
    /// <param name="last">Number of the last of them.</param>
    /// <param name="entries">None where the run was read again.</param>
    void Stored(RunActor run, long last, IReadOnlyList<ReadOnlyMemory<byte>> entries);

    /// <summary>The run's stored state cannot be used; it stands still.</summary>
    void Damaged(DamagedRun run);

    /// <summary>Another host has written the run; this one shall let go of it.</summary>
    void Overtaken(RunId run);

    /// <summary>A run that was under way has ended.</summary>
    void Ended(RunId run);
}
