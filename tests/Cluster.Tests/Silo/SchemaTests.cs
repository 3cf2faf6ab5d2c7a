using System.Text.Json;
using FedLowRank.Federation.Storage.Journals.Postgres;
using FedLowRank.Federation.Tests.Storage.Journals;
using Npgsql;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>
/// Goal: tables are made and upgraded by one command, and no process works on those of another version.
/// </summary>
[Collection(SharesPostgres.Name)]
public sealed class SchemaTests(PrivatePostgres server) : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private string database = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Config => Path.Combine(folder, "silo.json");

    public async ValueTask InitializeAsync()
    {
        server.Require();
        database = await ClusterDatabase.EmptyAsync(server);
        WriteConfig(database);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_command_makes_the_tables_and_changes_nothing_when_they_are_there()
    {
        var first = await CommandRun.OfAsync("schema", "--config", Config);
        Assert.Equal((0, ""), (first.Exit, first.Error));
        Assert.Contains("fedlowrank went from version 0 to", first.Output, StringComparison.Ordinal);
        Assert.Contains("fedlowrank_cluster went from version 0 to", first.Output, StringComparison.Ordinal);
        var again = await CommandRun.OfAsync("schema", "--config", Config, "--json");
        Assert.Equal(0, again.Exit);
        foreach (var schema in JsonDocument.Parse(again.Output).RootElement.GetProperty("schemas").EnumerateArray())
            Assert.Equal(schema.GetProperty("before").GetInt32(), schema.GetProperty("version").GetInt32());
        Assert.Equal(0, (await CommandRun.OfAsync("schema", "--config", Config, "--check")).Exit);
    }

    [Fact]
    public async Task Several_at_once_wait_for_each_other()
    {
        var all = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => CommandRun.OfAsync("schema", "--config", Config)));
        Assert.All(all, run => Assert.Equal((0, ""), (run.Exit, run.Error)));
    }

    [Fact]
    public async Task Without_tables_a_process_does_not_start_and_says_which_command_makes_them()
    {
        foreach (var (arguments, exit) in new (string[], int)[]
        {
            (["run", "--config", Config], 2), (["schema", "--config", Config, "--check"], 9),
        })
        {
            var run = await CommandRun.OfAsync(arguments);
            Assert.Equal(exit, run.Exit);
            Assert.Contains("fedlowrank-silo schema --config FILE", run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, await CountAsync("select count(*) from pg_namespace where nspname like 'fedlowrank%'"));
    }

    [Theory]
    [InlineData("fedlowrank")]
    [InlineData("fedlowrank_cluster")]
    public async Task Tables_of_a_newer_program_are_left_alone(string schema)
    {
        Assert.Equal(0, (await CommandRun.OfAsync("schema", "--config", Config)).Exit);
        await PrivatePostgres.ExecuteAsync(database, $"insert into {schema}.schema_version values (99)");
        foreach (var (arguments, exit) in new (string[], int)[]
        {
            (["run", "--config", Config], 2), (["schema", "--config", Config], 2),
            (["schema", "--config", Config, "--check"], 9),
        })
        {
            var run = await CommandRun.OfAsync(arguments);
            Assert.Equal(exit, run.Exit);
            Assert.Contains($"{schema} have version 99", run.Error, StringComparison.Ordinal);
            Assert.Contains("use a newer one", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_role_that_is_granted_may_run_and_may_not_change_tables()
    {
        await PrivatePostgres.ExecuteAsync(
            database, "drop role if exists \"fed runner\"; create role \"fed runner\" login");
        var made = await CommandRun.OfAsync("schema", "--config", Config, "--grant", "fed runner");
        Assert.Equal((0, ""), (made.Exit, made.Error));
        var limited = new NpgsqlConnectionStringBuilder(database) { Username = "fed runner" }.ToString();
        WriteConfig(limited);
        Assert.Equal(0, (await CommandRun.OfAsync("schema", "--config", Config, "--check")).Exit);
        await using (var journal = await PostgresJournal.OpenAsync(limited, cancellationToken: Token))
            await journal.AppendAsync(new("s"), 0, [new byte[1]], Token);
        foreach (var refused in (string[])
        [
            "insert into fedlowrank.schema_version values (2)", "create table fedlowrank.x (y integer)",
            "update fedlowrank_cluster.orleansquery set querytext = ''", "drop table fedlowrank_cluster.silos",
        ])
        {
            var error = await Assert.ThrowsAsync<PostgresException>(
                () => PrivatePostgres.ExecuteAsync(limited, refused));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
        }

        await ClusterDatabase.EmptyAsync(server);
        await PrivatePostgres.ExecuteAsync(database, "drop owned by \"fed runner\"; drop role \"fed runner\"");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_a_failure_and_not_a_fault()
    {
        WriteConfig("Host=127.0.0.1;Port=1;Username=u;Database=d;Timeout=2");
        var run = await CommandRun.OfAsync("schema", "--config", Config, "--json");
        Assert.Equal(1, run.Exit);
        var error = JsonDocument.Parse(run.Output).RootElement.GetProperty("error");
        Assert.Equal("database", error.GetProperty("code").GetString());
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private void WriteConfig(string connection)
    {
        var passphrase = Path.Combine(folder, "pass");
        File.WriteAllText(passphrase, "correct horse battery");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(passphrase, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Config, JsonSerializer.Serialize(new
        {
            database = connection,
            passphraseFile = "pass",
            blobs = new { folder = "blobs" },
            silo = new { endpoint = "127.0.0.1:1", gateway = "127.0.0.1:2" },
            agents = "127.0.0.1:0",
            admin = "127.0.0.1:0",
        }));
    }
}
