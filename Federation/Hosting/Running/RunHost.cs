using FedLowRank.Federation.Hosting.Keeping;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>What all runs share.</summary>
internal sealed class RunHost(SingleFederationOptions options, AuditService audit, Presence presence) : IDisposable
{
    private bool hasRunEnded;

    public IJournal Journal => options.Journal;

    public IRoundWork Work => options.Work;

    public CertificateAuthority Authority => options.Authority;

    public TimeProvider Time => options.Time;

    public int SnapshotEntries => options.SnapshotEntries;

    public AuditService Audit => audit;

    public Presence Presence => presence;

    public ILogger Logger { get; } = options.Logging.CreateLogger<RunService>();

    /// <summary>One place for each piece of work that may be done at once.</summary>
    public SemaphoreSlim Workers { get; } = new(options.WorkersMax);

    /// <summary>Whoever starts from something that is stored passes it first.</summary>
    public SweepGate Sweeps { get; } = new();

    /// <summary>Tells whoever looks after what runs leave behind that one has ended.</summary>
    public void RunEnded() => Interlocked.Exchange(ref hasRunEnded, true);

    /// <summary>Whether a run has ended since this was asked last.</summary>
    public bool TakeRunEnded() => Interlocked.Exchange(ref hasRunEnded, false);

    public void Dispose() => Workers.Dispose();
}
