using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.People;
using FedLowRank.Grains.Work;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Grains.Runs;

/// <summary>What the actor of one run stands on in a cluster.</summary>
internal sealed class GrainRunHost : IRunHost, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly GrainParts parts;
    private readonly IGrainFactory grains;
    private readonly GrainPresence presence;
    private readonly FleetLink fleet;
    private readonly Action overtaken;
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationToken stopped;
    private GrainWork? work;

    /// <summary>For one run.</summary>
    /// <param name="run">Its name.</param>
    /// <param name="parts">The stores.</param>
    /// <param name="grains">The other grains.</param>
    /// <param name="logger">Tells the operator.</param>
    /// <param name="overtaken">Lets go of the run.</param>
    public GrainRunHost(RunId run, GrainParts parts, IGrainFactory grains, ILogger logger, Action overtaken)
    {
        (this.parts, this.grains, this.overtaken, Logger) = (parts, grains, overtaken, logger);
        stopped = stopping.Token;
        fleet = new(run, grains, stopped);
        presence = new(fleet, new(run, grains, stopped));
        Audit = new GrainAudit(grains, logger);
    }

    /// <inheritdoc/>
    public IJournal Journal => parts.Journal;

    /// <inheritdoc/>
    public bool IsSoleWriter => false;

    /// <inheritdoc/>
    public CertificateAuthority Authority => parts.Authority;

    /// <inheritdoc/>
    public TimeProvider Time => parts.Time;

    /// <inheritdoc/>
    public int SnapshotEntries => parts.SnapshotEntries;

    /// <inheritdoc/>
    public IAuditSink Audit { get; }

    /// <inheritdoc/>
    public IRunPresence Presence => presence;

    /// <inheritdoc/>
    public ILogger Logger { get; }

    /// <summary>What the run has gone through lately; null before its actor is there.</summary>
    public RunFeed? Feed { get; private set; }

    /// <summary>Why the run stands still, or null.</summary>
    public DamagedRun? Damage { get; private set; }

    /// <inheritdoc/>
    public IRunWork WorkOf(RunActor run)
    {
        presence.Serve(run);
        return work = new GrainWork(run, grains);
    }

    /// <summary>A piece of work is reported.</summary>
    public void Done(WorkPiece piece) => work?.Done(piece);

    /// <summary>Begins to tell what the run goes through.</summary>
    public void Serve(RunActor run) => Feed = new(run.Last, run.State);

    /// <inheritdoc/>
    public void Fork(RunActor parent, ForkOrder order) => _ = Task.Run(() => ForkAsync(parent, order));

    /// <inheritdoc/>
    public void Stored(RunActor run, long last, IReadOnlyList<ReadOnlyMemory<byte>> entries) =>
        Feed!.Add(last, run.State, entries);

    /// <inheritdoc/>
    public void Damaged(DamagedRun run) => Damage = run;

    /// <inheritdoc/>
    public void Overtaken(RunId run) => overtaken();

    /// <inheritdoc/>
    public void Ended(RunId run) => fleet.Ended();

    /// <summary>Says nothing more to anybody.</summary>
    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task ForkAsync(RunActor parent, ForkOrder order)
    {
        while (!stopped.IsCancellationRequested)
        {
            try
            {
                if (!await grains.GetGrain<IRunGrain>(order.Id.Value).CreateForkAsync(order))
                    throw new InvalidOperationException("another run has its name");
                parent.Send(new RunEvent.RunForked(default, order.Id));
                return;
            }
            catch (Exception error)
            {
                HostLog.ForkFailed(Logger, parent.Id, order.Id, error);
                await Task.Delay(Pause, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
