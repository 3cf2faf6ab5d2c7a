using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Tests.Storage.Journals;
using Npgsql;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>
/// Goal: silos without a public port and a gateway that hosts no grain are one server, also while silos die and come.
/// Method: the program as processes on a real PostgreSQL.
/// </summary>
[Collection(SharesPostgres.Name)]
public sealed class ProcessesTests(PrivatePostgres server) : IAsyncLifetime
{
    private const int Dead = 6;
    private const int Active = 3;

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private readonly List<SiloProcess> started = [];
    private int[] ports = [];
    private string database = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Owner => Path.Combine(folder, "owner.json");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals there");
        server.Require();
        database = await ClusterDatabase.NewAsync(server);
        ports = SiloProcess.FreePorts(8);
        PrivateFiles.Write(Path.Combine(folder, "pass"), "correct horse battery\n", replace: false);
        PrivateFiles.Write(Path.Combine(folder, "wrong"), "correct horse buttery\n", replace: false);
        PrivateFiles.Write(Path.Combine(folder, "database"), database, replace: false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in started) await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Silos_and_a_gateway_serve_while_two_of_three_silos_die_and_one_comes_back()
    {
        // The gateway comes first, and waits.
        var gateway = Start(Gateway());
        var silos = Enumerable.Range(0, 3).Select(i => Start(Silo(i))).ToList();
        var lines = await Task.WhenAll(silos.Append(gateway).Select(process => process.ServesAsync()));
        Assert.Single(lines.Select(line => line.GetProperty("authority").GetString()).Distinct());
        Assert.All(lines[..3], line => Assert.False(line.TryGetProperty("agents", out _)));
        await AdminApi.SeesNoRunsAsync(Owner);
        await AssertReadyAsync(lines);

        await Task.WhenAll(silos[0].KillAsync(), silos[1].KillAsync());
        var clock = Stopwatch.StartNew();
        await UntilAsync(async () => await CountAsync(Dead) == 2);
        TestContext.Current.TestOutputHelper?.WriteLine($"two of three declared dead after {clock.Elapsed}");

        // Twice the time that is documented, as this machine may be busy.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        await AdminApi.SeesNoRunsAsync(Owner);

        silos[0] = Start(Silo(0));
        await silos[0].ServesAsync();
        Assert.Equal(2, await CountAsync(Active));
        await silos[2].AskToEndAsync();
        Assert.Equal(0, await silos[2].EndAsync());
        Assert.Equal(1, await CountAsync(Active));
        await AdminApi.SeesNoRunsAsync(Owner);
        await gateway.AskToEndAsync();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task One_of_three_that_dies_is_declared_dead_by_the_others()
    {
        var silos = Enumerable.Range(0, 3).Select(i => Start(Silo(i))).ToList();
        await Task.WhenAll(silos.Select(process => process.ServesAsync()));
        await silos[1].KillAsync();
        var clock = Stopwatch.StartNew();
        await UntilAsync(async () => await CountAsync(Dead) == 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"one of three declared dead after {clock.Elapsed}");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Assert.Equal(2, await CountAsync(Active));
    }

    [Fact]
    public async Task The_shared_keys_need_their_passphrase()
    {
        await Start(Silo(0)).ServesAsync();
        var config = Silo(1);
        config["passphraseFile"] = "wrong";
        var other = Start(config);
        Assert.Equal(2, await other.EndAsync());
        Assert.Contains("the passphrase does not open the key", other.Log, StringComparison.Ordinal);
        await using var source = NpgsqlDataSource.Create(database);
        await using var read = source.CreateCommand(
            "select payload from fedlowrank.entries e join fedlowrank.streams s on s.key = e.stream " +
            "where s.name = 'cluster/authority'");
        Assert.Contains(
            "ENCRYPTED PRIVATE KEY", Encoding.UTF8.GetString((byte[])(await read.ExecuteScalarAsync(Token))!),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_is_not_ready_while_the_database_is_gone()
    {
        var config = Silo(0);
        var silo = Start(config);
        var line = await silo.ServesAsync();
        await AssertReadyAsync(line);
        await server.KillAsync();
        await UntilAsync(async () => await ReadyAsync(line) == HttpStatusCode.ServiceUnavailable);
        await server.StartAsync();
        await UntilAsync(async () => await ReadyAsync(line) == HttpStatusCode.OK);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(SiloProcess.Patience);
        while (!await isSo()) await Task.Delay(100, patience.Token);
    }

    private static async Task AssertReadyAsync(params JsonElement[] lines)
    {
        foreach (var line in lines) Assert.Equal(HttpStatusCode.OK, await ReadyAsync(line));
    }

    private static async Task<HttpStatusCode> ReadyAsync(JsonElement line)
    {
        using var http = new HttpClient();
        var health = new Uri(line.GetProperty("health").GetString()!);
        return (await http.GetAsync(new Uri(health, "/health/ready"), Token)).StatusCode;
    }

    private async Task<long> CountAsync(int status)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            $"select count(*) from fedlowrank_cluster.silos where status = {status}");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private SiloProcess Start(JsonObject config)
    {
        var path = Path.Combine(folder, $"{started.Count}.json");
        File.WriteAllText(path, config.ToJsonString());
        var process = SiloProcess.Start(path);
        started.Add(process);
        return process;
    }

    private JsonObject Silo(int number)
    {
        var config = Common("silo");
        config["silo"] = new JsonObject
        {
            ["endpoint"] = $"127.0.0.1:{ports[2 * number]}",
            ["gateway"] = $"127.0.0.1:{ports[(2 * number) + 1]}",
        };
        return config;
    }

    private JsonObject Gateway()
    {
        var config = Common("gateway");
        config["agents"] = "127.0.0.1:0";
        config["admin"] = "127.0.0.1:0";
        config["ownerProfile"] = Owner;
        return config;
    }

    private static JsonObject Common(string role) => new()
    {
        ["databaseFile"] = "database",
        ["passphraseFile"] = "pass",
        ["blobs"] = new JsonObject { ["folder"] = "blobs" },
        ["roles"] = new JsonArray(role),
        ["health"] = "127.0.0.1:0",
    };
}
