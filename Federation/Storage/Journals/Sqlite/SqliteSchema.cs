using Microsoft.Data.Sqlite;

namespace FedLowRank.Federation.Storage.Journals.Sqlite;

/// <summary>The tables, one script for each version of them.</summary>
internal static class SqliteSchema
{
    /// <summary>Script i leads from version i to i + 1. A published script never changes.</summary>
    public static readonly IReadOnlyList<string> Scripts =
    [
        """
        create table streams (
            key integer primary key autoincrement,
            name text not null unique,
            first integer not null,
            last integer not null) strict;
        create table entries (
            stream integer not null references streams (key),
            number integer not null,
            seal blob not null,
            payload blob not null,
            primary key (stream, number)) strict, without rowid;
        create table snapshots (
            stream integer primary key references streams (key),
            number integer not null,
            seal blob not null,
            state blob not null) strict;
        """,
    ];

    /// <summary>Brings the tables to the newest version, whole or not at all.</summary>
    /// <exception cref="JournalException">The file is of a newer version.</exception>
    public static void Upgrade(SqliteConnection connection, IReadOnlyList<string> scripts, string file)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        Execute("create table if not exists schema_version (version integer not null) strict");
        var version = Convert.ToInt32(
            Execute("select coalesce(max(version), 0) from schema_version"),
            System.Globalization.CultureInfo.InvariantCulture);
        if (version > scripts.Count)
        {
            throw new JournalException(
                JournalError.NewerSchema,
                $"'{file}' has version {version}, this program knows versions up to {scripts.Count}; use a newer one");
        }

        foreach (var script in scripts.Skip(version)) Execute(script);
        Execute("delete from schema_version");
        Execute("insert into schema_version select $version", scripts.Count);
        transaction.Commit();

        object? Execute(string sql, int? parameter = null)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Transaction = transaction;
            if (parameter is { } value) command.Parameters.AddWithValue("$version", value);
            return command.ExecuteScalar();
        }
    }
}
