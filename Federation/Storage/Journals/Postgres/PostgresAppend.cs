using Npgsql;

namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>
/// One append, which may be run again when nobody knows whether an earlier try has happened: every entry carries the
/// append's own id, so that a conflict with itself is told from one with another writer, even one that has stored the
/// same bytes.
/// </summary>
internal sealed class PostgresAppend(
    StreamName stream, long expectedLast, IReadOnlyList<ReadOnlyMemory<byte>> entries)
{
    private readonly Guid id = Guid.NewGuid();
    private readonly byte[][] payloads = [.. entries.Select(entry => entry.ToArray())];

    public async Task<AppendResult> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var first = expectedLast + 1;
        byte[][] seals = [.. payloads.Select((payload, i) => Seal.OfEntry(stream, first + i, payload))];
        await using var append = PostgresCommands.Command(
            connection, expectedLast == 0 ? PostgresSql.Begin : PostgresSql.Append,
            stream.Value, expectedLast, id, seals, payloads);
        var stored = await append.ExecuteNonQueryAsync(cancellationToken);
        if (stored == payloads.Length) return Appended();

        await using var find = PostgresCommands.Command(connection, PostgresSql.WhoWasFirst, stream.Value, first);
        var found = await PostgresCommands.RowsAsync(
            find,
            row => (Last: row.GetInt64(0), Id: row.IsDBNull(1) ? (Guid?)null : row.GetGuid(1)),
            cancellationToken);
        if (found is not [var head]) return new AppendResult.Conflict(0);
        return head.Id == id ? Appended() : new AppendResult.Conflict(head.Last);
    }

    private AppendResult.Appended Appended() => new(expectedLast + 1, expectedLast + payloads.Length);
}
