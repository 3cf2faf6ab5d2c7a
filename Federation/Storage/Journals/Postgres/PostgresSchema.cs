using Npgsql;

namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>The tables, one script for each version of them, all in a schema of their own.</summary>
internal static class PostgresSchema
{
    /// <summary>Any number that nothing else in the database locks: "FedLowRk" in ASCII.</summary>
    private const long UpgradeLock = 0x4665644C6F77526B;

    /// <summary>Makes the place for the version.</summary>
    private const string Prepare = """
        create schema if not exists fedlowrank;
        create table if not exists fedlowrank.schema_version (
            version integer primary key,
            applied_at timestamptz not null default now());
        """;

    /// <summary>The version, where <see cref="Prepare"/> has run.</summary>
    private const string Version = "select coalesce(max(version), 0) from fedlowrank.schema_version";

    /// <summary>Notes that a version was reached.</summary>
    private const string Note = "insert into fedlowrank.schema_version (version) values ($1)";

    /// <summary>
    /// Script i leads from version i to i + 1. A published script never changes. Names are ordered by their bytes,
    /// whatever the database's language.
    /// </summary>
    public static readonly IReadOnlyList<string> Scripts =
    [
        """
        create table fedlowrank.streams (
            key bigint generated always as identity primary key,
            name text collate "C" not null unique,
            first bigint not null,
            last bigint not null);
        create table fedlowrank.entries (
            stream bigint not null references fedlowrank.streams (key) on delete cascade,
            number bigint not null,
            append uuid not null,
            seal bytea not null,
            payload bytea not null,
            primary key (stream, number));
        create table fedlowrank.snapshots (
            stream bigint primary key references fedlowrank.streams (key) on delete cascade,
            number bigint not null,
            seal bytea not null,
            state bytea not null);
        """,
    ];

    /// <summary>Brings the tables to the newest version, whole or not at all.</summary>
    public static async Task<int> UpgradeAsync(
        NpgsqlConnection connection, IReadOnlyList<string> scripts, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await PostgresCommands.ExecuteAsync(
            connection, "select pg_advisory_xact_lock($1)", cancellationToken, UpgradeLock);
        await PostgresCommands.ExecuteAsync(connection, Prepare, cancellationToken);
        var version = await VersionAsync(connection, cancellationToken);
        if (version > scripts.Count) throw Newer(version, scripts.Count);
        for (var i = version; i < scripts.Count; i++)
        {
            await PostgresCommands.ExecuteAsync(connection, scripts[i], cancellationToken);
            await PostgresCommands.ExecuteAsync(connection, Note, cancellationToken, i + 1);
        }

        await transaction.CommitAsync(cancellationToken);
        return scripts.Count;
    }

    /// <summary>Refuses a server that answers before it writes, and tables of another version.</summary>
    public static async Task<int> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var setting in (string[])["fsync", "synchronous_commit", "full_page_writes"])
        {
            await using var command = PostgresCommands.Command(connection, "select current_setting($1)", setting);
            if (await command.ExecuteScalarAsync(cancellationToken) is "off")
            {
                throw new JournalException(
                    JournalError.NotDurable,
                    $"the server's setting {setting} is off, so it could lose what it has acknowledged; turn it on");
            }
        }

        var version = await VersionAsync(connection, cancellationToken);
        if (version > Scripts.Count) throw Newer(version, Scripts.Count);
        if (version == Scripts.Count) return version;
        throw new JournalException(
            JournalError.OlderSchema,
            $"the tables have version {version}, this program needs {Scripts.Count}; upgrade them");
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var isThere = PostgresCommands.Command(
            connection, "select to_regclass('fedlowrank.schema_version')::text");
        if (await isThere.ExecuteScalarAsync(cancellationToken) is not string) return 0;
        await using var version = PostgresCommands.Command(connection, Version);
        return (int)(await version.ExecuteScalarAsync(cancellationToken))!;
    }

    private static JournalException Newer(int version, int known) => new(
        JournalError.NewerSchema,
        $"the tables have version {version}, this program knows versions up to {known}; use a newer one");
}
