using Npgsql;

namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>Tables in a PostgreSQL schema of their own, which know their version.</summary>
/// <param name="schema">Name of the schema, a plain identifier.</param>
/// <param name="scripts">
/// Script i leads from version i to i + 1, as one statement or several. A published script never changes.
/// </param>
public sealed class PostgresTables(string schema, IReadOnlyList<string> scripts)
{
    /// <summary>Any number that nothing else in the database locks: "FedLowRk" in ASCII.</summary>
    private const long UpgradeLock = 0x4665644C6F77526B;

    /// <summary>Name of the schema.</summary>
    public string Schema => schema;

    /// <summary>The version that this program needs.</summary>
    public int Version => scripts.Count;

    /// <summary>Brings the tables to <see cref="Version"/>, whole or not at all.</summary>
    /// <param name="connection">Of a role that may create the schema, or owns it.</param>
    /// <param name="cancellationToken">Stops; the tables are then as they were.</param>
    /// <returns>The version before; 0 where there were none.</returns>
    /// <exception cref="JournalException">The tables are of a newer version.</exception>
    public async Task<int> UpgradeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await PostgresCommands.ExecuteAsync(
            connection, "select pg_advisory_xact_lock($1)", cancellationToken, UpgradeLock);
        await PostgresCommands.ExecuteAsync(
            connection,
            $"""
            create schema if not exists {schema};
            create table if not exists {schema}.schema_version (
                version integer primary key,
                applied_at timestamptz not null default now());
            """,
            cancellationToken);
        var before = await VersionAsync(connection, cancellationToken);
        if (before > Version) throw Newer(before);
        for (var i = before; i < Version; i++)
        {
            await PostgresCommands.ExecuteAsync(connection, scripts[i], cancellationToken);
            await PostgresCommands.ExecuteAsync(
                connection, $"insert into {schema}.schema_version (version) values ($1)", cancellationToken, i + 1);
        }

        await transaction.CommitAsync(cancellationToken);
        return before;
    }

    /// <summary>Refuses tables of another version.</summary>
    /// <exception cref="JournalException">They are older or newer than this program.</exception>
    public async Task<int> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(connection, cancellationToken);
        if (version > Version) throw Newer(version);
        if (version == Version) return version;
        throw new JournalException(
            JournalError.OlderSchema,
            $"the tables of {schema} have version {version}, this program needs {Version}; upgrade them");
    }

    /// <summary>The version that is there; 0 where there are no tables.</summary>
    public async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var isThere = PostgresCommands.Command(
            connection, $"select to_regclass('{schema}.schema_version')::text");
        if (await isThere.ExecuteScalarAsync(cancellationToken) is not string) return 0;
        await using var version = PostgresCommands.Command(
            connection, $"select coalesce(max(version), 0) from {schema}.schema_version");
        return (int)(await version.ExecuteScalarAsync(cancellationToken))!;
    }

    private JournalException Newer(int version) => new(
        JournalError.NewerSchema,
        $"the tables of {schema} have version {version}, this program knows versions up to {Version}; use a newer one");
}
