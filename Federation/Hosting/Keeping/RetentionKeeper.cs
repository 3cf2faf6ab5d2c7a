using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Retention;
using FedLowRank.Federation.Work;
using Microsoft.Extensions.Logging;

// The loop is this object's own and waits for nobody who waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Hosting.Keeping;

/// <summary>
/// Lets go of what nobody needs, beside all else that the server does: every hour, and soon after a run has ended.
/// </summary>
/// <remarks>
/// Why nothing goes that is needed. A blob is deleted where (1) it was listed, (2) no root that was gathered after the
/// listing needs it, (3) nobody starts from something old meanwhile, and (4) it was last stored before the grace began.
/// Take a blob that a run's state refers to after the sweep; that reference was made before the gathering or after it.
/// Before: then it is a root's, because roots are taken from states that are durable; and where a state is not known,
/// because a run is damaged or because nobody knows what became of an append, nothing at all is deleted. After: then it
/// came about in one of two ways. Either the blob was stored for it, as updates, sums, parts and manifests are: storing
/// it again, too, makes a blob young, the store renames and deletes under one lock, and between the storing and the
/// durable state pass seconds, not the hour of the shortest grace. Or it was there already, as the start of a new run,
/// of a fork and of a rollback is: each of these ends the sweep before it looks whether the blob is there, and lets
/// none begin before the state that refers to it is durable (<see cref="SweepGate"/>). What a state refers to because
/// another one of the same run did, as the updates of a round that is tried again, is a root's by that other one. Last,
/// ages are differences of a clock that may be set: so nothing goes before it has gone steadily for the shortest grace
/// (<see cref="SteadyClock"/>).
/// </remarks>
internal sealed class RetentionKeeper : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private readonly IBlobStore blobs;
    private readonly RunService runs;
    private readonly RunHost host;
    private readonly RetentionOptions options;
    private readonly RunRoots roots;
    private readonly RetentionSweep sweep;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private readonly PeriodicTimer timer;
    private readonly Task loop;

    /// <summary>Begins to keep house.</summary>
    public RetentionKeeper(SingleFederationOptions federation, RunService runs, RunHost host)
    {
        (this.runs, this.host) = (runs, host);
        (blobs, options, time) = (federation.Blobs, federation.Retention, federation.Time);
        roots = new(blobs, options);
        sweep = new(blobs, time);
        logger = federation.Logging.CreateLogger<RetentionKeeper>();
        timer = new(LookEvery, time);
        HostLog.Retention(logger, options);
        loop = Task.Run(LoopAsync);
    }

    /// <summary>Lets go of what may go now.</summary>
    /// <returns>What went; null where this did not come to its end, as somebody starts from something old.</returns>
    /// <exception cref="CheckpointException">What is needed cannot be told, so no blob goes.</exception>
    /// <exception cref="BlobException">The store fails.</exception>
    public async Task<SweepReport?> SweepAsync(CancellationToken cancellationToken)
    {
        var uploads = await blobs.ExpireUploadsAsync(time.GetUtcNow() - options.Grace, cancellationToken);
        using var turn = host.Sweeps.TrySweep(out var stop);
        if (turn is null) return null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken);
        try
        {
            var report = await sweep.RunAsync(
                GatherAsync, new RetentionPolicy(options.Grace, EntriesKept: null), either.Token);
            HostLog.Swept(logger, report.DeletedCount, report.DeletedBytes, uploads);
            if (report.Missing is [var (root, blob), ..])
                HostLog.BlobsMissing(logger, report.Missing.Count, root, blob);
            return report;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await loop;
        timer.Dispose();
        closing.Dispose();
    }

    private async Task<IReadOnlyCollection<RetentionRoot>> GatherAsync(CancellationToken cancellationToken)
    {
        var all = new List<RetentionRoot>();
        foreach (var state in runs.KnownStates()) all.AddRange(await roots.OfAsync(state, cancellationToken));
        return all;
    }

    private async Task LoopAsync()
    {
        var clock = new SteadyClock(time);
        var swept = time.GetTimestamp();
        var isDue = false;
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token))
            {
                isDue |= host.TakeRunEnded() || time.GetElapsedTime(swept) >= SweepEvery;
                if (clock.Look() < RetentionOptions.GraceMin || !isDue) continue;
                isDue = !await TrySweepAsync();
                swept = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The federation closes; the next sweep begins anew.
        }
    }

    /// <summary>False where it is to be tried again soon.</summary>
    private async Task<bool> TrySweepAsync()
    {
        try
        {
            return await SweepAsync(closing.Token) is not null;
        }
        catch (Exception error) when (error is not OperationCanceledException || !closing.IsCancellationRequested)
        {
            HostLog.ChoreFailed(logger, "removing what nobody needs", error);
            return true;
        }
    }
}
