using Npgsql;

namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>The tables, one script for each version of them, all in a schema of their own.</summary>
internal static class PostgresSchema
{
    private const string Name = "fedlowrank";

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

    /// <summary>The tables.</summary>
    public static readonly PostgresTables Tables = new(Name, Scripts);

    /// <summary>Brings the tables to the newest version, whole or not at all.</summary>
    public static Task<int> UpgradeAsync(
        NpgsqlConnection connection, IReadOnlyList<string> scripts, CancellationToken cancellationToken) =>
        new PostgresTables(Name, scripts).UpgradeAsync(connection, cancellationToken);

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

        return await Tables.CheckAsync(connection, cancellationToken);
    }
}
