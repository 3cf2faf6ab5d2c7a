using System.Text;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>
/// A journal with a fault point before and after an event of a run is stored, by its name, which says on the output
/// what of a run it stored, and what was refused because another process had stored more.
/// </summary>
internal sealed class FaultyJournal(IJournal journal) : IJournal
{
    /// <summary>Printed before the numbers of the first and last entry that were stored.</summary>
    public const string Stored = "stored";

    /// <summary>Printed where nothing was stored.</summary>
    public const string Overtaken = "overtaken";

    /// <summary>Names of points, and what the event's JSON holds.</summary>
    private static readonly (string Point, string Mark)[] Events =
    [
        ("agent-joined", "\"type\":\"agent-joined\""),
        ("update-submitted", "\"type\":\"update-submitted\""),
        ("shard-done", "\"type\":\"shard-done\""),
        ("shard-refreshed", "\"stage\":\"refreshing\""),
        ("checkpoint-written", "\"type\":\"checkpoint-written\""),
    ];

    public async Task<AppendResult> AppendAsync(
        StreamName stream, long expectedLast, IReadOnlyList<ReadOnlyMemory<byte>> entries,
        CancellationToken cancellationToken = default)
    {
        var points = Events.Where(each => entries.Any(entry => Holds(entry.Span, each.Mark)))
            .Select(each => each.Point).ToList();
        foreach (var point in points) await FaultPoint.ReachAsync($"before-{point}", CancellationToken.None);
        var result = await journal.AppendAsync(stream, expectedLast, entries, cancellationToken);
        if (stream.Value.StartsWith("runs/", StringComparison.Ordinal)) await TellAsync(result);
        foreach (var point in points) await FaultPoint.ReachAsync($"after-{point}", CancellationToken.None);
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

    private static Task TellAsync(AppendResult result) => Console.Out.WriteLineAsync(
        result is AppendResult.Appended appended
            ? FormattableString.Invariant($"{Stored} {appended.First} {appended.Last}")
            : Overtaken);

    private static bool Holds(ReadOnlySpan<byte> entry, string mark) =>
        entry.IndexOf(Encoding.ASCII.GetBytes(mark)) >= 0;
}
