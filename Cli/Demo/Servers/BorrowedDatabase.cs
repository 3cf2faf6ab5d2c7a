using FedLowRank.Cli.Admin;
using Npgsql;

namespace FedLowRank.Cli.Demo.Servers;

/// <summary>On a PostgreSQL server of the user's: a database with a new name, which is dropped in the end.</summary>
/// <param name="server">Connection string, of a role that may make databases.</param>
internal sealed class BorrowedDatabase(string server) : IDemoDatabase
{
    private readonly string name = $"fedlowrank_demo_{Guid.NewGuid():N}";
    private bool mayExist;

    /// <inheritdoc/>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
            mayExist = true;
            await ExecuteAsync($"create database {name}", cancellationToken);
            return connection;
        }
        catch (Exception error) when (error is ArgumentException or NpgsqlException)
        {
            mayExist = false;
            throw AdminException.BadInput(
                "bad-database", $"--database: no database can be made for the demo: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (mayExist) await ExecuteAsync($"drop database if exists {name} with (force)", CancellationToken.None);
    }

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
