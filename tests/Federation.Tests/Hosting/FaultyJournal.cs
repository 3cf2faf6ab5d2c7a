using System.Runtime.CompilerServices;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>A journal that fails when told, before or after it has done what it was asked.</summary>
internal sealed class FaultyJournal(IJournal inner) : IJournal
{
    private volatile bool isDead;

    /// <summary>Asked before each append, with the stream's name.</summary>
    public Func<string, Fault> OnAppend { get; set; } = _ => Fault.None;

    /// <summary>Whether readings fail.</summary>
    public Func<string, bool> FailsToRead { get; set; } = _ => false;

    /// <summary>Asked before each snapshot whether it fails.</summary>
    public Func<string, bool> FailsToSave { get; set; } = _ => false;

    public enum Fault
    {
        None,
        BeforeItHappened,
        AfterItHappened,
    }

    /// <summary>From now on nothing is stored or read, as if the process were dead.</summary>
    public void Die() => isDead = true;

    public async Task<AppendResult> AppendAsync(
        StreamName stream, long expectedLast, IReadOnlyList<ReadOnlyMemory<byte>> entries,
        CancellationToken cancellationToken = default)
    {
        Live();
        var fault = OnAppend(stream.Value);
        if (fault == Fault.BeforeItHappened) throw Failure();
        var result = await inner.AppendAsync(stream, expectedLast, entries, cancellationToken);
        return fault == Fault.AfterItHappened ? throw Failure() : result;
    }

    public async IAsyncEnumerable<JournalEntry> ReadAsync(
        StreamName stream, long first, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Live();
        if (FailsToRead(stream.Value)) throw Failure();
        await foreach (var entry in inner.ReadAsync(stream, first, cancellationToken)) yield return entry;
    }

    public Task<SnapshotResult> SaveSnapshotAsync(
        StreamName stream, long number, ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default) =>
        FailsToSave(stream.Value)
            ? throw Failure()
            : Live().SaveSnapshotAsync(stream, number, state, cancellationToken);

    public Task<JournalSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        FailsToRead(stream.Value) ? throw Failure() : Live().ReadSnapshotAsync(stream, cancellationToken);

    public Task PruneAsync(StreamName stream, long through, CancellationToken cancellationToken = default) =>
        Live().PruneAsync(stream, through, cancellationToken);

    public Task<StreamSummary?> FindAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        Live().FindAsync(stream, cancellationToken);

    public Task<IReadOnlyList<StreamSummary>> ListAsync(string prefix, CancellationToken cancellationToken = default) =>
        Live().ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        Live().DeleteAsync(stream, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static JournalException Failure() => new(JournalError.Unavailable, "told to fail");

    private IJournal Live() => isDead ? throw Failure() : inner;
}
