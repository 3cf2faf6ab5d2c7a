using System.Diagnostics;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.Journaling;

/// <summary>
/// A state as a stream: the first entry is the state as it was made, every further one an event that changed it, and
/// the snapshot the state after one of them. One caller at a time.
/// </summary>
/// <param name="journal">Holds the stream.</param>
/// <param name="name">Of the stream.</param>
/// <param name="form">How state and events are stored.</param>
/// <param name="snapshotEntries">After so many entries a new snapshot is due.</param>
/// <param name="logger">Hears of snapshots that could not be saved.</param>
internal sealed class StateStream<TState, TEvent>(
    IJournal journal, StreamName name, StateForm<TState, TEvent> form, int snapshotEntries, ILogger logger)
    where TState : class
{
    private readonly StreamTail tail = new(journal, name);
    private long snapshot;
    private long tried;
    private TState? state;

    /// <summary>The durable state; null where there is none yet.</summary>
    public TState? State => Volatile.Read(ref state);

    /// <summary>Number of the last durable entry; 0 where there is none.</summary>
    public long Last => tail.Last;

    /// <summary>True where the stream must be loaded again before it is written.</summary>
    public bool IsUnknown => tail.IsUnknown;

    /// <summary>Snapshot and replay.</summary>
    /// <exception cref="InvalidDataException">
    /// What is stored leads to no state; the message names the entry.
    /// </exception>
    public async Task LoadAsync(CancellationToken cancellationToken = default)
    {
        var saved = await journal.ReadSnapshotAsync(name, cancellationToken);
        var loaded = saved is null ? null : Read("the snapshot", saved.Number, () => form.ReadState(saved.State.Span));
        var last = saved?.Number ?? 0;
        await foreach (var entry in journal.ReadAsync(name, last + 1, cancellationToken))
        {
            loaded = Read("entry", entry.Number, () => loaded is null
                ? form.ReadState(entry.Payload.Span)
                : form.Apply(loaded, form.ReadEvent(entry.Payload.Span)));
            last = entry.Number;
        }

        snapshot = saved?.Number ?? 0;
        Volatile.Write(ref state, loaded);
        tail.Known(last);
    }

    /// <summary>Makes the stream, with its first state.</summary>
    public Task CreateAsync(TState first) => CommitAsync([form.WriteState(first)], first);

    /// <summary>Appends events; the state is the next one once they are durable.</summary>
    public async Task CommitAsync(IReadOnlyList<ReadOnlyMemory<byte>> events, TState next)
    {
        var begin = Stopwatch.GetTimestamp();
        await tail.AppendAsync(events);
        FederationInstruments.OnCommitted(events.Count, Stopwatch.GetElapsedTime(begin));
        Volatile.Write(ref state, next);
    }

    /// <summary>Looks whether the state is still the newest that is stored.</summary>
    /// <exception cref="StreamConflictException">Another writer is at work.</exception>
    public Task RequireNewestAsync() => tail.RequireLastAsync();

    /// <summary>
    /// Saves the state where so much was written since it was saved last, or since that was tried in vain, that it is
    /// worth its while: a state that is too large is not written out with every event.
    /// </summary>
    public Task SaveDueSnapshotAsync() =>
        tail.Last - Math.Max(snapshot, tried) >= snapshotEntries ? SaveSnapshotAsync() : Task.CompletedTask;

    /// <summary>Saves the state, unless it is saved. Without it the next start is slower, and nothing else.</summary>
    public async Task SaveSnapshotAsync()
    {
        if (State is not { } current || snapshot == tail.Last || tail.IsUnknown) return;
        tried = tail.Last;
        try
        {
            await journal.SaveSnapshotAsync(name, tail.Last, form.WriteState(current));
            snapshot = tail.Last;
        }
        catch (Exception error)
        {
            HostLog.NoSnapshot(logger, name, error);
        }
    }

    private TState Read(string what, long number, Func<TState> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"{what} {number} of '{name}' cannot be used: {error.Message}"), error);
        }
    }
}
