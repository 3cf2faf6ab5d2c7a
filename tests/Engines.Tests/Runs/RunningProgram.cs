using System.Diagnostics;

namespace FedLowRank.Engines.Tests.Runs;

/// <summary>A program of the product as a process: its lines as they come, and its death with the test.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string name;
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly Task reading;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts it.</summary>
    /// <param name="name">Of the program, beside the tests.</param>
    /// <param name="profile">Of the server's owner.</param>
    /// <param name="arguments">Of the command line.</param>
    public RunningProgram(string name, string profile, params string[] arguments)
    {
        this.name = name;
        var path = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        var start = new ProcessStartInfo("dotnet", [path, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FEDLOWRANK_PROFILE"] = profile;
        process = Process.Start(start)!;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>All that it has printed.</summary>
    public string Output
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>Waits for a line that holds a text.</summary>
    public async Task LineAsync(string part)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task news;
            lock (lines)
            {
                if (lines.Exists(line => line.Contains(part, StringComparison.Ordinal))) return;
                news = changed.Task;
            }

            await Task.WhenAny(news, reading).WaitAsync(patience.Token);
            Assert.False(
                reading.IsCompleted && !Output.Contains(part, StringComparison.Ordinal), $"{name} ended:\n{Output}");
        }
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        await reading.WaitAsync(patience.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            TaskCompletionSource before;
            lock (lines)
            {
                lines.Add(line);
                (before, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            before.SetResult();
        }
    }
}
