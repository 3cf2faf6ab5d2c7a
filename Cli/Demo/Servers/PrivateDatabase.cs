using System.Globalization;
using Npgsql;

namespace FedLowRank.Cli.Demo.Servers;

/// <summary>
/// On a PostgreSQL server of the demo's own, in a temporary folder that only its user can enter, reachable through a
/// socket in it. PostgreSQL refuses to run as root, and then runs as nobody.
/// </summary>
/// <param name="logs">Folder for its log.</param>
internal sealed class PrivateDatabase(string logs) : IDemoDatabase
{
    private const string Name = "database";
    private const string Nobody = "65534";
    private const string User = "fedlowrank";

    // More than the pools of all silos and the gateway hold: each process has up to three.
    private const int PoolMax = 16;
    private const int ConnectionsMax = PoolMax * 3 * (ClusterOptions.SilosMax + 2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // A server that is asked to end at once saves nothing, and what is there is thrown away.
    private const string AtOnce = "QUIT";

    private string? folder;
    private DemoProcess? server;

    /// <inheritdoc/>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        var programs = PostgresPrograms.Find();
        folder = Directory.CreateTempSubdirectory("fedlowrank-database-").FullName;
        var data = Path.Combine(folder, "data");
        if (Environment.IsPrivilegedProcess)
            await RunAsync(new(Name, "chown", [Nobody, folder]), cancellationToken);
        await RunAsync(
            AsUser(
                Path.Combine(programs, "initdb"),
                ["-D", data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]),
            cancellationToken);
        var connections = ConnectionsMax.ToString(CultureInfo.InvariantCulture);
        server = DemoProcess.Start(
            AsUser(
                Path.Combine(programs, "postgres"),
                ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", $"max_connections={connections}"]),
            logs);
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = folder,
            Username = User,
            Database = "postgres",
            MaxPoolSize = PoolMax,
        }.ConnectionString;
        await AnswerAsync(connection, server, cancellationToken);
        return connection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }

    private static async Task AnswerAsync(
        string connection, DemoProcess server, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        while (true)
        {
            try
            {
                await using var opened = await source.OpenConnectionAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException) when (!server.HasEnded)
            {
                await Task.Delay(Pause, cancellationToken);
            }
            catch (NpgsqlException)
            {
                throw server.Failed();
            }
        }
    }

    private async Task RunAsync(DemoProgram program, CancellationToken cancellationToken)
    {
        await using var process = DemoProcess.Start(program, logs);
        await process.EndAsync(cancellationToken);
    }

    private DemoProgram AsUser(string program, string[] arguments)
    {
        var started = Environment.IsPrivilegedProcess
            ? new DemoProgram(
                Name, "setpriv",
                [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--", program, .. arguments])
            : new(Name, program, arguments);
        return started with { Folder = folder, EndSignal = AtOnce };
    }
}
