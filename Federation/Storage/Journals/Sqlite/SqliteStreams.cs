using Microsoft.Data.Sqlite;

namespace FedLowRank.Federation.Storage.Journals.Sqlite;

/// <summary>What is done to the tables, each within a transaction of the caller.</summary>
internal static class SqliteStreams
{
    private const string SummaryColumns =
        "select s.name, s.first, s.last, p.number from streams s left join snapshots p on p.stream = s.key ";

    public static AppendResult Append(
        SqliteSession session, StreamName stream, long expectedLast, IReadOnlyList<byte[]> entries)
    {
        var head = Head(session, stream);
        if ((head?.Last ?? 0) != expectedLast) return new AppendResult.Conflict(head?.Last ?? 0);
        var last = expectedLast + entries.Count;
        var key = head?.Key ?? session.Query(
            "insert into streams (name, first, last) values ($1, 1, 0) returning key",
            row => row.GetInt64(0), stream.Value)[0];
        session.Execute("update streams set last = $1 where key = $2", last, key);
        for (var i = 0; i < entries.Count; i++)
        {
            var number = expectedLast + 1 + i;
            session.Execute(
                "insert into entries (stream, number, seal, payload) values ($1, $2, $3, $4)",
                key, number, Seal.OfEntry(stream, number, entries[i]), entries[i]);
        }

        return new AppendResult.Appended(expectedLast + 1, last);
    }

    public static SnapshotResult SaveSnapshot(SqliteSession session, StreamName stream, long number, byte[] state)
    {
        if (Head(session, stream) is not { } head || number > head.Last) return SnapshotResult.Ahead;
        var saved = session.Execute(
            """
            insert into snapshots (stream, number, seal, state) values ($1, $2, $3, $4)
            on conflict (stream) do update set number = excluded.number, seal = excluded.seal, state = excluded.state
            where snapshots.number <= excluded.number
            """,
            head.Key, number, Seal.OfSnapshot(stream, number, state), state);
        return saved == 1 ? SnapshotResult.Saved : SnapshotResult.Older;
    }

    public static void Prune(SqliteSession session, StreamName stream, long through)
    {
        if (Head(session, stream) is not { } head) return;
        var snapshots = session.Query(
            "select number from snapshots where stream = $1", row => row.GetInt64(0), head.Key);
        if (snapshots.Count == 0) return;
        var first = Math.Max(head.First, Math.Min(through, snapshots[0]) + 1);
        session.Execute("update streams set first = $1 where key = $2", first, head.Key);
        session.Execute("delete from entries where stream = $1 and number < $2", head.Key, first);
    }

    public static void Delete(SqliteSession session, StreamName stream)
    {
        if (Head(session, stream) is not { } head) return;
        session.Execute("delete from snapshots where stream = $1", head.Key);
        session.Execute("delete from entries where stream = $1", head.Key);
        session.Execute("delete from streams where key = $1", head.Key);
    }

    public static EntryPage? ReadPage(SqliteSession session, StreamName stream, long first)
    {
        if (Head(session, stream) is not { } head) return null;
        var newest = session.Query(
            "select max(number) from entries where stream = $1",
            row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), head.Key);
        var entries = session.Query(
            "select number, seal, payload from entries where stream = $1 and number >= $2 order by number limit $3",
            row => new StoredEntry(row.GetInt64(0), Bytes(row, 1), Bytes(row, 2)),
            head.Key, first, EntryPages.PageEntries);
        return new(head.Key, head.First, head.Last, newest[0], entries);
    }

    public static JournalSnapshot? ReadSnapshot(SqliteSession session, StreamName stream)
    {
        if (Head(session, stream) is not { } head) return null;
        return session.Query(
            "select number, seal, state from snapshots where stream = $1",
            row => Seal.Snapshot(stream, row.GetInt64(0), Bytes(row, 1), Bytes(row, 2)), head.Key).SingleOrDefault();
    }

    public static StreamSummary? Find(SqliteSession session, StreamName stream) =>
        session.Query($"{SummaryColumns} where s.name = $1", Summary, stream.Value).SingleOrDefault();

    public static List<StreamSummary> List(SqliteSession session, string prefix) => session.Query(
        $"{SummaryColumns} where s.name >= $1 and s.name < $2 order by s.name",
        Summary, prefix, StreamPrefix.End(prefix));

    private static Row? Head(SqliteSession session, StreamName stream) => session.Query(
        "select key, first, last from streams where name = $1",
        row => new Row(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), stream.Value).SingleOrDefault();

    private static StreamSummary Summary(SqliteDataReader row) => new(
        new(row.GetString(0)), row.GetInt64(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetInt64(3));

    private static byte[] Bytes(SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    private sealed record Row(long Key, long First, long Last);
}
