using System.Text;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>A journal with a fault point before and after an event of a run is stored, by its name.</summary>
internal sealed class FaultyJournal(IJournal journal) : IJournal
{
    private static readonly string[] Events =
        ["update-submitted", "shard-done", "checkpoint-written"];

    public async Task<AppendResult> AppendAsync(
        StreamName stream, long expectedLast, IReadOnlyList<ReadOnlyMemory<byte>> entries,
        CancellationToken cancellationToken = default)
    {
        var stored = Events.Where(name => entries.Any(entry => Names(entry.Span, name))).ToList();
        foreach (var name in stored) await FaultPoint.ReachAsync($"before-{name}", CancellationToken.None);
        var result = await journal.AppendAsync(stream, expectedLast, entries, cancellationToken);
        foreach (var name in stored) await FaultPoint.ReachAsync($"after-{name}", CancellationToken.None);
        return result;
    }

    public IAsyncEnumerable<JournalEntry> ReadAsync(
        StreamName stream, long first, CancellationToken cancellationToken = default) =>
        journal.ReadAsync(stream, first, cancellationToken);

    public Task<SnapshotResult> SaveSnapshotAsync(
        StreamName stream, long number, ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default) =>
        journal.SaveSnapshotAsync(stream, number, state, cancellationToken);

    public Task<JournalSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        journal.ReadSnapshotAsync(stream, cancellationToken);

    public Task PruneAsync(StreamName stream, long through, CancellationToken cancellationToken = default) =>
        journal.PruneAsync(stream, through, cancellationToken);

    public Task<StreamSummary?> FindAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        journal.FindAsync(stream, cancellationToken);

    public Task<IReadOnlyList<StreamSummary>> ListAsync(
        string prefix, CancellationToken cancellationToken = default) => journal.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        journal.DeleteAsync(stream, cancellationToken);

    public ValueTask DisposeAsync() => journal.DisposeAsync();

    private static bool Names(ReadOnlySpan<byte> entry, string name) =>
        entry.IndexOf(Encoding.ASCII.GetBytes($"\"type\":\"{name}\"")) >= 0;
}
