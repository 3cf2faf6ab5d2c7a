using Npgsql;

namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>The journal of a cluster: tables in a PostgreSQL database, for many processes at once.</summary>
public sealed class PostgresJournal : IJournal
{
    /// <summary>Where it is kept.</summary>
    public static readonly PostgresTables Tables = PostgresSchema.Tables;

    /// <summary>Names of the tables that an open journal writes; it only reads the others.</summary>
    public static readonly IReadOnlyList<string> Written = ["streams", "entries", "snapshots"];

    private readonly PostgresConnections connections;
    private readonly JournalLimits limits;

    private PostgresJournal(PostgresConnections connections, JournalLimits limits) =>
        (this.connections, this.limits) = (connections, limits);

    /// <summary>
    /// Brings the tables to this program's version. Whoever calls it at the same time waits; what is new already stays.
    /// </summary>
    /// <param name="connectionString">Of a role that may create a schema, or owns it.</param>
    /// <param name="cancellationToken">Stops; the tables are then as they were.</param>
    /// <exception cref="JournalException">The tables are of a newer version, or the server cannot be used.</exception>
    public static Task UpgradeAsync(string connectionString, CancellationToken cancellationToken = default) =>
        UpgradeAsync(connectionString, PostgresSchema.Scripts, cancellationToken);

    /// <summary>Opens the journal of a database whose tables are of this program's version.</summary>
    /// <param name="connectionString">Of a role that may read and write the tables.</param>
    /// <param name="limits">What it takes.</param>
    /// <param name="time">For the pauses between tries.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="JournalException">
    /// The tables are older or newer, or the server is set up not to write before it answers.
    /// </exception>
    public static async Task<PostgresJournal> OpenAsync(
        string connectionString,
        JournalLimits? limits = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        var opened = Connect(connectionString, time);
        try
        {
            await opened.RunAsync(PostgresSchema.CheckAsync, cancellationToken);
            return new(opened, limits ?? new());
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(
        StreamName stream,
        long expectedLast,
        IReadOnlyList<ReadOnlyMemory<byte>> entries,
        CancellationToken cancellationToken = default)
    {
        limits.CheckAppend(stream, expectedLast, entries);
        var append = new PostgresAppend(stream, expectedLast, entries);
        return connections.RunAsync(append.RunAsync, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<JournalEntry> ReadAsync(
        StreamName stream, long first, CancellationToken cancellationToken = default) =>
        EntryPages.ReadAsync(
            stream,
            first,
            (number, outer) => connections.RunAsync(
                (connection, token) => ReadPageAsync(connection, stream, number, token), outer),
            cancellationToken);

    /// <inheritdoc/>
    public Task<SnapshotResult> SaveSnapshotAsync(
        StreamName stream, long number, ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default)
    {
        limits.CheckSnapshot(stream, number, state);
        var seal = Seal.OfSnapshot(stream, number, state.Span);
        return connections.RunAsync(
            async (connection, token) =>
            {
                await using var save = PostgresCommands.Command(
                    connection, PostgresSql.SaveSnapshot, stream.Value, number, seal, state);
                if (await save.ExecuteNonQueryAsync(token) == 1) return SnapshotResult.Saved;
                await using var find = PostgresCommands.Command(connection, PostgresSql.Find, stream.Value);
                var found = await PostgresCommands.RowsAsync(find, Summary, token);
                return found is [var summary] && number <= summary.Last ? SnapshotResult.Older : SnapshotResult.Ahead;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JournalSnapshot?> ReadSnapshotAsync(
        StreamName stream, CancellationToken cancellationToken = default) =>
        connections.RunAsync(
            async (connection, token) =>
            {
                await using var command = PostgresCommands.Command(connection, PostgresSql.ReadSnapshot, stream.Value);
                var found = await PostgresCommands.RowsAsync(
                    command,
                    row => Seal.Snapshot(
                        stream, row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)),
                    token);
                return found.SingleOrDefault();
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task PruneAsync(StreamName stream, long through, CancellationToken cancellationToken = default) =>
        connections.RunAsync(
            async (connection, token) =>
            {
                await using var command = PostgresCommands.Command(
                    connection, PostgresSql.Prune, stream.Value, through);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

    /// <inheritdoc/>
    public async Task<StreamSummary?> FindAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        (await SummariesAsync(PostgresSql.Find, [stream.Value], cancellationToken)).SingleOrDefault();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StreamSummary>> ListAsync(
        string prefix, CancellationToken cancellationToken = default) =>
        await SummariesAsync(PostgresSql.List, [prefix, StreamPrefix.End(prefix)], cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        connections.RunAsync(
            async (connection, token) =>
            {
                await using var command = PostgresCommands.Command(connection, PostgresSql.Delete, stream.Value);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connections.DisposeAsync();

    /// <summary>For tests: other scripts.</summary>
    internal static async Task UpgradeAsync(
        string connectionString, IReadOnlyList<string> scripts, CancellationToken cancellationToken)
    {
        await using var opened = Connect(connectionString, null);
        await opened.RunAsync(
            (connection, token) => PostgresSchema.UpgradeAsync(connection, scripts, token), cancellationToken);
    }

    private static PostgresConnections Connect(string connectionString, TimeProvider? time)
    {
        var options = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 32,
            AutoPrepareMinUsages = 2,
            ApplicationName = "fedlowrank",
        };
        return new(NpgsqlDataSource.Create(options), time ?? TimeProvider.System);
    }

    private static async Task<EntryPage?> ReadPageAsync(
        NpgsqlConnection connection, StreamName stream, long first, CancellationToken cancellationToken)
    {
        await using var command = PostgresCommands.Command(
            connection, PostgresSql.ReadPage, stream.Value, first, EntryPages.PageEntries);
        var rows = await PostgresCommands.RowsAsync(command, Row, cancellationToken);
        if (rows.Count == 0) return null;
        return rows[0].Page with { Entries = [.. rows.Select(row => row.Entry).OfType<StoredEntry>()] };
    }

    // Each row repeats what the stream holds; a stream without such entries has one row without an entry.
    private static (EntryPage Page, StoredEntry? Entry) Row(NpgsqlDataReader row) => (
        new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetInt64(3), []),
        row.IsDBNull(4) ? null : new(row.GetInt64(4), row.GetFieldValue<byte[]>(5), row.GetFieldValue<byte[]>(6)));

    private static StreamSummary Summary(NpgsqlDataReader row) => new(
        new(row.GetString(0)), row.GetInt64(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetInt64(3));

    private Task<List<StreamSummary>> SummariesAsync(
        string sql, string[] values, CancellationToken cancellationToken) =>
        connections.RunAsync(
            async (connection, token) =>
            {
                await using var command = PostgresCommands.Command(connection, sql, values);
                return await PostgresCommands.RowsAsync(command, Summary, token);
            },
            cancellationToken);
}
