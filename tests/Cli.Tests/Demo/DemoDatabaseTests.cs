using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Demo.Servers;
using Npgsql;

namespace FedLowRank.Cli.Tests.Demo;

/// <summary>The demo's databases on a real PostgreSQL, which must be installed.</summary>
public sealed class DemoDatabaseTests : IAsyncLifetime
{
    private const string Count = "select count(*)::text from pg_database where datname like 'fedlowrank_demo_%'";

    private readonly string logs = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private PrivateDatabase database = null!;
    private string connection = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        try
        {
            PostgresPrograms.Find();
        }
        catch (AdminException missing)
        {
            Assert.Skip(missing.Message);
        }

        database = new(logs);
        connection = await database.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (database is not null) await database.DisposeAsync();
        Directory.Delete(logs, recursive: true);
    }

    [Fact]
    public async Task A_private_server_is_reached_through_its_folder_only_and_goes_with_it()
    {
        Assert.Equal("", await AskAsync(connection, "show listen_addresses"));
        var folder = new NpgsqlConnectionStringBuilder(connection).Host!;
        await database.DisposeAsync();
        Assert.False(Directory.Exists(folder));
        Assert.Contains(
            "database system is shut down", await File.ReadAllTextAsync(Path.Combine(logs, "database.log"), Token),
            StringComparison.Ordinal);
        database = null!;
    }

    [Fact]
    public async Task A_borrowed_server_gets_a_database_and_loses_it_even_while_it_is_in_use()
    {
        var borrowed = new BorrowedDatabase(connection);
        await using var user = new NpgsqlConnection(await borrowed.StartAsync(Token));
        await user.OpenAsync(Token);
        Assert.Equal("1", await AskAsync(connection, Count));

        await borrowed.DisposeAsync();
        Assert.Equal("0", await AskAsync(connection, Count));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Host=127.0.0.1;Port=1;Username=nobody")]
    public async Task A_server_that_cannot_be_used_is_named_with_the_option(string bad)
    {
        await using var borrowed = new BorrowedDatabase(bad);
        var error = await Assert.ThrowsAsync<AdminException>(() => borrowed.StartAsync(Token));
        Assert.StartsWith(
            "--database: no database can be made for the demo: ", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(string connection, string question)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(question);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
