using FedLowRank.Federation.Hosting.Journaling;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>
/// Changes a state one at a time: what is to happen is found out, written into the audit log, made durable, and only
/// then answered. Reading needs no turn.
/// </summary>
internal sealed class Changes<TState, TEvent>(
    StateStream<TState, TEvent> stream, IAuditSink audit, Func<TEvent, byte[]> write) : IAsyncDisposable
    where TState : class
{
    private readonly SemaphoreSlim turn = new(1);
    private bool isClosed;

    /// <summary>The durable state; null where there is none yet.</summary>
    public TState? State => stream.State;

    /// <summary>Makes one change.</summary>
    /// <param name="change">From the durable state; pure.</param>
    /// <param name="cancellationToken">Heeded until the change has its turn.</param>
    public async Task<TAnswer> ApplyAsync<TAnswer>(
        Func<TState?, Change<TState, TEvent, TAnswer>> change, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            if (stream.IsUnknown) await stream.LoadAsync(CancellationToken.None);
            var next = change(stream.State);
            if (next.Audit is { } entry) await audit.AppendAsync([entry], CancellationToken.None);
            if (!ReferenceEquals(next.State, stream.State)) await StoreAsync(next);
            await stream.SaveDueSnapshotAsync();
            return next.Answer;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>
    /// Looks whether the state is still the newest that is stored; a change in progress will find out by itself.
    /// </summary>
    /// <exception cref="StreamConflictException">Another writer is at work.</exception>
    public async Task RequireNewestAsync()
    {
        if (!await turn.WaitAsync(TimeSpan.Zero)) return;
        try
        {
            await stream.RequireNewestAsync();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Waits for the change in progress and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync();
        isClosed = true;
        turn.Release();
    }

    private async Task StoreAsync<TAnswer>(Change<TState, TEvent, TAnswer> change)
    {
        try
        {
            if (stream.State is null) await stream.CreateAsync(change.State!);
            else await stream.CommitAsync([write(change.Happened)], change.State!);
        }
        catch (Exception) when (change.Audit is { } entry)
        {
            await audit.TryTellFailedAsync([entry]);
            throw;
        }
    }
}
