using Microsoft.Data.Sqlite;

namespace FedLowRank.Federation.Storage.Journals.Sqlite;

/// <summary>The journal of a server by itself: one SQLite file, for one process at a time.</summary>
public sealed class SqliteJournal : IJournal
{
    private const string FileName = "journal.db";
    private const string LockName = "journal.lock";

    private readonly FileStream folderLock;
    private readonly SqliteWriter writer;
    private readonly SqliteSession reader;
    private readonly SemaphoreSlim readerGate = new(1);
    private readonly JournalLimits limits;
    private readonly string file;
    private bool isDisposed;

    private SqliteJournal(
        FileStream folderLock, SqliteSession writer, SqliteSession reader, JournalLimits limits, string file)
    {
        (this.folderLock, this.reader, this.limits, this.file) = (folderLock, reader, limits, file);
        this.writer = new(writer, file);
    }

    /// <summary>Opens the journal of a folder, or makes it; checks the file and upgrades its tables.</summary>
    /// <param name="folder">Made where it is missing. On a disk of this machine: network drives do not lock.</param>
    /// <param name="limits">What it takes.</param>
    /// <param name="cancellationToken">Heeded until the check of the file begins.</param>
    /// <exception cref="JournalException">
    /// Another process has the folder open, the file is damaged, or a newer program has written it.
    /// </exception>
    public static Task<SqliteJournal> OpenAsync(
        string folder, JournalLimits? limits = null, CancellationToken cancellationToken = default) =>
        OpenAsync(folder, limits ?? new(), SqliteSchema.Scripts, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(
        StreamName stream,
        long expectedLast,
        IReadOnlyList<ReadOnlyMemory<byte>> entries,
        CancellationToken cancellationToken = default)
    {
        limits.CheckAppend(stream, expectedLast, entries);
        byte[][] copies = [.. entries.Select(entry => entry.ToArray())];
        return writer.RunAsync(
            session => SqliteStreams.Append(session, stream, expectedLast, copies), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<JournalEntry> ReadAsync(
        StreamName stream, long first, CancellationToken cancellationToken = default) =>
        EntryPages.ReadAsync(
            stream,
            first,
            (number, token) => QueryAsync(session => SqliteStreams.ReadPage(session, stream, number), token),
            cancellationToken);

    /// <inheritdoc/>
    public Task<SnapshotResult> SaveSnapshotAsync(
        StreamName stream, long number, ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default)
    {
        limits.CheckSnapshot(stream, number, state);
        var copy = state.ToArray();
        return writer.RunAsync(
            session => SqliteStreams.SaveSnapshot(session, stream, number, copy), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JournalSnapshot?> ReadSnapshotAsync(
        StreamName stream, CancellationToken cancellationToken = default) =>
        QueryAsync(session => SqliteStreams.ReadSnapshot(session, stream), cancellationToken);

    /// <inheritdoc/>
    public Task PruneAsync(StreamName stream, long through, CancellationToken cancellationToken = default) =>
        ChangeAsync(session => SqliteStreams.Prune(session, stream, through), cancellationToken);

    /// <inheritdoc/>
    public Task<StreamSummary?> FindAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        QueryAsync(session => SqliteStreams.Find(session, stream), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StreamSummary>> ListAsync(
        string prefix, CancellationToken cancellationToken = default) =>
        await QueryAsync(session => SqliteStreams.List(session, prefix), cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        ChangeAsync(session => SqliteStreams.Delete(session, stream), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await readerGate.WaitAsync();
        isDisposed = true;
        reader.Dispose();
        readerGate.Release();
        await folderLock.DisposeAsync();
    }

    /// <summary>For tests: other scripts, and settings of the writing connection.</summary>
    internal static Task<SqliteJournal> OpenAsync(
        string folder,
        JournalLimits limits,
        IReadOnlyList<string> scripts,
        string settings = "",
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Open(folder, limits, scripts, settings), cancellationToken);

    private static SqliteJournal Open(
        string folder, JournalLimits limits, IReadOnlyList<string> scripts, string settings)
    {
        StateFolder.Create(folder);
        var locked = Lock(folder);
        var path = Path.Combine(folder, FileName);
        SqliteConnection? writing = null;
        SqliteConnection? reading = null;
        try
        {
            writing = Connect(path, $"pragma journal_mode = wal; pragma synchronous = full; {settings}");
            Check(writing, "quick_check(1)", path);
            SqliteSchema.Upgrade(writing, scripts, path);

            // The quick check leaves out whether an index fits its table, and by their names streams are found.
            Check(writing, "integrity_check(streams)", path);
            StateFolder.Sync(folder);
            reading = Connect(path, "pragma query_only = on");
            return new(locked, new(writing), new(reading), limits, path);
        }
        catch (Exception error)
        {
            writing?.Dispose();
            reading?.Dispose();
            locked.Dispose();
            if (SqliteErrors.Typed(error, path) is { } typed) throw typed;
            throw;
        }
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new JournalException(
                JournalError.InUse, $"the folder '{folder}' is open in another process: {error.Message}", error);
        }
    }

    private static SqliteConnection Connect(string file, string settings)
    {
        // Not pooled: what is closed must be closed, so that the lock on the folder goes after the last handle.
        var options = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false };
        var connection = new SqliteConnection(options.ConnectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = settings;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Check(SqliteConnection connection, string check, string file)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"pragma {check}";
        if (command.ExecuteScalar() is string answer && answer != "ok")
            throw new JournalException(JournalError.Damaged, $"'{file}' ({answer}); restore it from a copy");
    }

    private async Task ChangeAsync(Action<SqliteSession> change, CancellationToken cancellationToken) =>
        await writer.RunAsync(
            session =>
            {
                change(session);
                return true;
            },
            cancellationToken);

    private async Task<T> QueryAsync<T>(Func<SqliteSession, T> query, CancellationToken cancellationToken)
    {
        await readerGate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return await Task.Run(() => Query(query), cancellationToken);
        }
        catch (Exception error)
        {
            if (SqliteErrors.Typed(error, file) is { } typed) throw typed;
            throw;
        }
        finally
        {
            readerGate.Release();
        }
    }

    private T Query<T>(Func<SqliteSession, T> query)
    {
        T result = default!;
        reader.InTransaction(isWrite: false, () => result = query(reader));
        return result;
    }
}
