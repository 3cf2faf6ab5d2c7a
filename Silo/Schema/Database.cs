using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Postgres;
using Npgsql;

namespace FedLowRank.Silo.Schema;

/// <summary>The tables of a cluster: the journal's and those of Orleans' providers.</summary>
internal static class Database
{
    private static readonly PostgresTables[] All = [PostgresJournal.Tables, ClusterTables.Tables];

    /// <summary>Brings all tables to this program's version.</summary>
    /// <param name="connectionString">Of a role that may create schemas, or owns them.</param>
    /// <param name="grantTo">A role that gets the rights that <c>run</c> needs, and no more; null for none.</param>
    /// <param name="cancellationToken">Stops between two schemas.</param>
    /// <returns>What there was and what there is.</returns>
    /// <exception cref="SchemaException">The tables are of a newer version.</exception>
    public static async Task<IReadOnlyList<SchemaState>> UpgradeAsync(
        string connectionString, string? grantTo, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var states = new List<SchemaState>();
        foreach (var tables in All)
        {
            try
            {
                var before = await tables.UpgradeAsync(connection, cancellationToken);
                states.Add(new(tables.Schema, before, tables.Version));
            }
            catch (JournalException error) when (error.Error == JournalError.NewerSchema)
            {
                throw new SchemaException(error.Message, isCheck: false, error);
            }
        }

        if (grantTo is not null) await GrantAsync(connection, grantTo, cancellationToken);
        return states;
    }

    /// <summary>Refuses tables of another version.</summary>
    /// <param name="connectionString">Of a role that may read the tables.</param>
    /// <param name="isCheck">Whether this is all that is wanted.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SchemaException">They are older or newer; the message says what to do.</exception>
    public static async Task<IReadOnlyList<SchemaState>> CheckAsync(
        string connectionString, bool isCheck, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var states = new List<SchemaState>();
        foreach (var tables in All)
        {
            try
            {
                var version = await tables.CheckAsync(connection, cancellationToken);
                states.Add(new(tables.Schema, version, tables.Version));
            }
            catch (JournalException error) when (error.Error == JournalError.OlderSchema)
            {
                throw new SchemaException(
                    $"{error.Message} with 'fedlowrank-silo schema --config FILE', as a role that owns them", isCheck,
                    error);
            }
            catch (JournalException error) when (error.Error == JournalError.NewerSchema)
            {
                throw new SchemaException(error.Message, isCheck, error);
            }
        }

        return states;
    }

    private static async Task GrantAsync(
        NpgsqlConnection connection, string role, CancellationToken cancellationToken)
    {
        using var quoting = new NpgsqlCommandBuilder();
        var to = $"to {quoting.QuoteIdentifier(role)}";
        var journal = string.Join(", ", PostgresJournal.Written.Select(table => $"{All[0].Schema}.{table}"));
        var cluster = string.Join(", ", ClusterTables.Written.Select(table => $"{All[1].Schema}.{table}"));
        var schemas = string.Join(", ", All.Select(tables => tables.Schema));
        await using var command = new NpgsqlCommand(
            $"""
            grant usage on schema {schemas} {to};
            grant select on all tables in schema {schemas} {to};
            grant insert, update, delete on {journal}, {cluster} {to};
            grant usage on all sequences in schema {schemas} {to};
            """,
            connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
