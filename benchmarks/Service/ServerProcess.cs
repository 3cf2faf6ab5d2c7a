using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using FedLowRank.Cli.Simulation;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// <c>fedlowrank serve</c> in a process of its own: this program again, which calls the command line's entry point and
/// besides listens on its standard input for <see cref="Collect"/>.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Part = "service-server";
    private const string Collect = "collect";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;

    private ServerProcess(Process process, IPEndPoint agents, IPEndPoint admin) =>
        (this.process, Agents, Admin, Memory) = (process, agents, admin, new(process.Id));

    /// <summary>Where agents connect.</summary>
    public IPEndPoint Agents { get; }

    /// <summary>Where people connect.</summary>
    public IPEndPoint Admin { get; }

    /// <summary>What the process takes of the machine.</summary>
    public ProcessFigures Memory { get; }

    /// <summary>Serves, in the process that was started for it.</summary>
    /// <returns>The exit code; null where this process is for something else.</returns>
    public static int? TryServe(string[] arguments)
    {
        if (arguments is not [Part, .. var rest]) return null;
        new Thread(CollectWhenTold) { IsBackground = true }.Start();
        return (int)typeof(Simulator).Assembly.EntryPoint!.Invoke(null, [rest])!;
    }

    /// <summary>Starts a server, and returns when it says that it serves.</summary>
    /// <param name="folder">Its data.</param>
    /// <param name="before">A server whose addresses it takes over; null for any that are free.</param>
    /// <param name="environment">Variables of the process beside those of this one.</param>
    public static async Task<ServerProcess> StartAsync(
        string folder, ServerProcess? before = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            typeof(ServerProcess).Assembly.Location, Part, "serve", "--json", "--folder", folder,
            "--agents", (before?.Agents ?? new(IPAddress.Loopback, 0)).ToString(),
            "--admin", (before?.Admin ?? new(IPAddress.Loopback, 0)).ToString(),
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var started = Process.Start(start)!;
        var log = new ServerLog(started.StandardError);
        var line = await started.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (line is null) throw new InvalidOperationException($"the server did not start: {log.Text}");
        using var said = JsonDocument.Parse(line);
        return new(started, Place(said, "agents"), Place(said, "admin"));
    }

    /// <summary>Has the process collect its garbage and give back what it can.</summary>
    /// <returns>What its managed objects take, in KiB.</returns>
    public async Task<double> CollectAsync()
    {
        await process.StandardInput.WriteLineAsync(Collect);
        await process.StandardInput.FlushAsync();
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return long.Parse(line!, CultureInfo.InvariantCulture) / 1024.0;
    }

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!process.HasExited) Kill();
        process.Dispose();
    }

    private static IPEndPoint Place(JsonDocument said, string member) =>
        new(IPAddress.Loopback, new Uri(said.RootElement.GetProperty(member).GetString()!).Port);

    private static void CollectWhenTold()
    {
        while (Console.ReadLine() is { } line)
        {
            if (line != Collect) continue;
            for (var i = 0; i < 2; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }

            Console.WriteLine(GC.GetTotalMemory(forceFullCollection: false));
        }

        // Whoever started this server is gone.
        Environment.Exit(0);
    }
}
