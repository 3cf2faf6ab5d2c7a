using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Keeping;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>What all runs of a process share.</summary>
internal sealed class RunHost(SingleFederationOptions options, AuditService audit, Presence presence)
    : IRunHost, IDisposable
{
    private bool hasRunEnded;

    /// <inheritdoc/>
    public IJournal Journal => options.Journal;

    /// <inheritdoc/>
    public bool IsSoleWriter => true;

    /// <summary>Does the server's part of a round.</summary>
    public IRoundWork Work => options.Work;

    /// <inheritdoc/>
    public CertificateAuthority Authority => options.Authority;

    /// <inheritdoc/>
    public TimeProvider Time => options.Time;

    /// <inheritdoc/>
    public int SnapshotEntries => options.SnapshotEntries;

    /// <inheritdoc/>
    public IAuditSink Audit => audit;

    /// <summary>Who listens.</summary>
    public Presence Presence => presence;

    /// <inheritdoc/>
    IRunPresence IRunHost.Presence => presence;

    /// <inheritdoc/>
    public ILogger Logger { get; } = options.Logging.CreateLogger<RunService>();

    /// <summary>One place for each piece of work that may be done at once.</summary>
    public SemaphoreSlim Workers { get; } = new(options.WorkersMax);

    /// <summary>Whoever starts from something that is stored passes it first.</summary>
    public SweepGate Sweeps { get; } = new();

    /// <summary>The service, which makes forks and hears of damage.</summary>
    public RunService Service { get; set; } = null!;

    /// <inheritdoc/>
    public IRunWork WorkOf(RunActor run) => new RunWork(run, this);

    /// <inheritdoc/>
    public void Fork(RunActor parent, ForkOrder order) => Service.Fork(parent, order);

    /// <inheritdoc/>
    public void Stored(RunActor run, long last, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        // Whoever asks looks at the state itself.
    }

    /// <inheritdoc/>
    public void Damaged(DamagedRun run) => Service.Damaged(run);

    /// <inheritdoc/>
    public void Overtaken(RunId run) => throw new System.Diagnostics.UnreachableException();

    /// <inheritdoc/>
    public void Ended(RunId run) => Interlocked.Exchange(ref hasRunEnded, true);

    /// <summary>Whether a run has ended since this was asked last.</summary>
    public bool TakeRunEnded() => Interlocked.Exchange(ref hasRunEnded, false);

    /// <inheritdoc/>
    public void Dispose() => Workers.Dispose();
}
