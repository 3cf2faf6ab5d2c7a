using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>
/// The program as a process of its own: its lines as they come, its end, and its death at the latest with the test.
/// </summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly TaskCompletionSource<JsonElement> served =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Task read;

    private SiloProcess(Process process)
    {
        this.process = process;
        read = Task.WhenAll(ReadOutputAsync(), ReadErrorAsync());
    }

    /// <summary>All that it has printed.</summary>
    public string Log
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>Begins <c>run</c> with a configuration.</summary>
    public static SiloProcess Start(string config)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])
        [
            Path.Combine(AppContext.BaseDirectory, "fedlowrank-silo.dll"), "run", "--config", config, "--json",
        ])
            start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    /// <summary>What it says once it serves.</summary>
    public async Task<JsonElement> ServesAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await served.Task.WaitAsync(patience.Token);
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            throw new InvalidOperationException($"the process does not serve:\n{Log}", error);
        }
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> EndAsync()
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
            await read.WaitAsync(Patience);
            return process.ExitCode;
        }
        catch (TimeoutException error)
        {
            throw new InvalidOperationException($"the process does not end:\n{Log}", error);
        }
    }

    /// <summary>SIGTERM, without waiting for what it does.</summary>
    public async Task AskToEndAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL.</summary>
    public Task<int> KillAsync()
    {
        process.Kill();
        return EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    /// <summary>Ports that nobody listens on. All are held until the last is found, so that they differ.</summary>
    public static int[] FreePorts(int count)
    {
        var held = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, port: 0)).ToList();
        try
        {
            foreach (var listener in held) listener.Start();
            return [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in held) listener.Dispose();
        }
    }

    private async Task ReadOutputAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            Add(line);
            using var document = JsonDocument.Parse(line);
            var said = document.RootElement.Clone();
            if (said.TryGetProperty("authority", out _)) served.TrySetResult(said);
        }
    }

    private async Task ReadErrorAsync()
    {
        while (await process.StandardError.ReadLineAsync() is { } line) Add(line);
        served.TrySetException(new IOException("the process has ended"));
    }

    private void Add(string line)
    {
        lock (lines) lines.Add(line);
    }
}
