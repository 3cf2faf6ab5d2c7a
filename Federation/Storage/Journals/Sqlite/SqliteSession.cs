using Microsoft.Data.Sqlite;

namespace FedLowRank.Federation.Storage.Journals.Sqlite;

/// <summary>A connection with its prepared statements, for one thread at a time.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> commands = new(StringComparer.Ordinal);
    private SqliteTransaction? current;

    /// <summary>Runs the work whole or not at all; durable when it returns.</summary>
    public void InTransaction(bool isWrite, Action work)
    {
        using var transaction = connection.BeginTransaction(deferred: !isWrite);
        current = transaction;
        try
        {
            work();
            transaction.Commit();
        }
        finally
        {
            current = null;
        }
    }

    /// <summary>Runs a statement that returns nothing.</summary>
    /// <returns>The rows it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object> values) => Prepared(sql, values).ExecuteNonQuery();

    /// <summary>The rows of a query, each made by <paramref name="row"/>.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<object> values)
    {
        using var reader = Prepared(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    public void Dispose()
    {
        foreach (var command in commands.Values) command.Dispose();
        connection.Dispose();
    }

    private SqliteCommand Prepared(string sql, ReadOnlySpan<object> values)
    {
        if (!commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++) command.Parameters.Add(new SqliteParameter($"${i + 1}", null));
            commands.Add(sql, command);
        }

        command.Transaction = current;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
