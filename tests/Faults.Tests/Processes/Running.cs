using System.Diagnostics;
using System.Globalization;

namespace FedLowRank.Faults.Tests.Processes;

/// <summary>A child process, this very program again: its lines as they come, its end, and its death at the latest with
/// the test.</summary>
internal sealed class Running : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly string name;
    private readonly List<string> lines = [];
    private readonly Task ended;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isOver;

    /// <summary>Starts it.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="arguments">The first says which program it is.</param>
    /// <param name="variables">Of its environment, besides this process's own.</param>
    /// <param name="by">A program, and its arguments, that becomes the process; empty for none.</param>
    public Running(
        string name, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> variables,
        params ReadOnlySpan<string> by)
    {
        this.name = name;
        string[] program = [.. by, Environment.ProcessPath!];
        var start = new ProcessStartInfo(program[0], program[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };

        // Run by the dotnet host or by its own executable.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(Running).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (key, value) in variables) start.Environment[key] = value;
        process = Process.Start(start)!;
        ended = ReadAllAsync();
    }

    /// <summary>Whether it has not ended.</summary>
    public bool IsAlive => !process.HasExited;

    /// <summary>All that it has printed.</summary>
    public string Output
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>Number of lines until now, from which on to wait for new ones.</summary>
    public int Mark
    {
        get
        {
            lock (lines) return lines.Count;
        }
    }

    /// <summary>The first line that holds a text.</summary>
    /// <param name="part">The text.</param>
    /// <param name="from">Where to begin.</param>
    public async Task<string> LineAsync(string part, int from = 0) => (await LinesAsync(part, 1, from))[0];

    /// <summary>The first lines that hold a text, once there are so many.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync(string part, int count, int from = 0)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task news;
            lock (lines)
            {
                var found = lines.Skip(from).Where(line => line.Contains(part, StringComparison.Ordinal)).Take(count);
                if (found.ToList() is var all && all.Count == count) return all;
                if (isOver) throw new InvalidOperationException($"{name} ended without '{part}':\n{Output}");
                news = changed.Task;
            }

            try
            {
                await news.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException error)
            {
                throw new InvalidOperationException($"{name} never printed '{part}':\n{Output}", error);
            }
        }
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> EndAsync()
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
            await ended.WaitAsync(Patience);
            return process.ExitCode;
        }
        catch (TimeoutException error)
        {
            throw new InvalidOperationException($"{name} does not end:\n{Output}", error);
        }
    }

    /// <summary>SIGKILL.</summary>
    /// <returns>When it has ended.</returns>
    public async Task KillAsync()
    {
        process.Kill();
        await EndAsync();
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await AskToEndAsync();
        return await EndAsync();
    }

    /// <summary>SIGTERM, without waiting for what it does.</summary>
    public Task AskToEndAsync() => SignalAsync("TERM");

    /// <summary>Sends a signal by its name.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    private async Task ReadAllAsync()
    {
        await Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        Change(() => isOver = true);
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line) Change(() => lines.Add(line));
    }

    private void Change(Action change)
    {
        TaskCompletionSource before;
        lock (lines)
        {
            change();
            (before, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        before.SetResult();
    }
}
