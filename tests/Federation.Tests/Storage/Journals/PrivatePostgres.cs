using System.Diagnostics;
using Npgsql;

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>
/// A real PostgreSQL server of this test run alone, in a temporary folder, reachable through its socket only, with
/// fsync on. It refuses to run as root, and then runs as another user.
/// </summary>
public sealed class PrivatePostgres : IAsyncLifetime
{
    private const string Nobody = "65534";

    private readonly string folder = Directory.CreateTempSubdirectory("fed-pg-").FullName;
    private readonly string? binaries = FindBinaries();
    private readonly List<string> log = [];
    private Process? server;

    /// <summary>Whether a server is installed.</summary>
    public bool IsInstalled => binaries is not null;

    private string Data => Path.Combine(folder, "data");

    public async ValueTask InitializeAsync()
    {
        if (binaries is null) return;
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", [Nobody, folder]);
        await RunAsUserAsync("initdb", ["-D", Data, "-U", "fed", "-A", "trust", "-E", "UTF8", "--no-sync"]);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await KillAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Skips the running test where no server is installed.</summary>
    public void Require() =>
        Assert.SkipWhen(
            binaries is null, "no PostgreSQL server under /usr/lib/postgresql; install Debian's package postgresql");

    /// <summary>The connection string of the database, without what earlier tests have left in it.</summary>
    public async Task<string> EmptyDatabaseAsync()
    {
        await ExecuteAsync(ConnectionString, "drop schema if exists fedlowrank cascade");
        return ConnectionString;
    }

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task StartAsync()
    {
        server = Process.Start(AsUser(
            "postgres",
            [
                "-D", Data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=on",
                "-c", "recovery_init_sync_method=syncfs",
            ]))!;
        server.ErrorDataReceived += (_, line) =>
        {
            lock (log) log.Add(line.Data ?? "");
        };
        server.BeginErrorReadLine();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await ExecuteAsync(ConnectionString, "select 1");
                return;
            }
            catch (NpgsqlException) when (tries < 1200 && !server.HasExited)
            {
                await Task.Delay(50);
            }
            catch (NpgsqlException error)
            {
                lock (log) throw new InvalidOperationException(string.Join('\n', log), error);
            }
        }
    }

    /// <summary>SIGKILL to the server and all processes it started.</summary>
    public async Task KillAsync()
    {
        server!.Kill(entireProcessTree: true);
        await server.WaitForExitAsync();
        server.Dispose();
    }

    private static string? FindBinaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "postgres"))).Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    private string ConnectionString => $"Host={folder};Username=fed;Database=postgres;Maximum Pool Size=16";

    private Task RunAsUserAsync(string program, string[] arguments) => WaitAsync(AsUser(program, arguments));

    private ProcessStartInfo AsUser(string program, string[] arguments)
    {
        var path = Path.Combine(binaries!, program);
        return Environment.IsPrivilegedProcess
            ? Start("setpriv", [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--", path, .. arguments])
            : Start(path, arguments);
    }

    private Task RunAsync(string program, string[] arguments) => WaitAsync(Start(program, arguments));

    private ProcessStartInfo Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = program != "setpriv" || arguments[^1] == "--no-sync",
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private static async Task WaitAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{start.FileName}: {error}{await output}");
    }
}
