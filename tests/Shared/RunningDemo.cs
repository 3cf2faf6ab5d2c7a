using System.Diagnostics;
using System.Globalization;

namespace FedLowRank.Tests;

/// <summary>
/// <c>fedlowrank demo</c> or <c>up</c> as a user starts it, with a temporary folder of its own, so that what it leaves
/// behind is seen.
/// </summary>
internal sealed class RunningDemo : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string folder = Directory.CreateTempSubdirectory("fed-demo-").FullName;
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly Task reading;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts it.</summary>
    /// <param name="verb">The verb and its options; results, samples and the temporary folder are added.</param>
    public RunningDemo(params string[] verb)
    {
        // PostgreSQL, which runs as another user where this is root, must get to its own folder in there.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                folder,
                File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        Directory.CreateDirectory(Temporary);
        process = Start([.. verb, "--output", Output, "--samples", RepositoryFiles.Path("samples")]);
        reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>Where its results are.</summary>
    public string Output => Path.Combine(folder, "results");

    /// <summary>All that it has printed.</summary>
    public string Text
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    private string Temporary => Path.Combine(folder, "tmp");

    /// <summary>The first line that holds a text, once there is one.</summary>
    public async Task<string> LineAsync(string part)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task news;
            lock (lines)
            {
                if (lines.Find(line => line.Contains(part, StringComparison.Ordinal)) is { } found) return found;
                news = changed.Task;
            }

            await Task.WhenAny(news, reading).WaitAsync(patience.Token);
            Assert.False(reading.IsCompleted && !Text.Contains(part, StringComparison.Ordinal), Text);
        }
    }

    /// <summary>Runs another of the program's verbs to its end.</summary>
    /// <returns>Its exit code, and all that it printed.</returns>
    public async Task<(int Exit, string Said)> AskAsync(params string[] verb)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var other = Start(verb);
        var (output, error) = (
            other.StandardOutput.ReadToEndAsync(patience.Token), other.StandardError.ReadToEndAsync(patience.Token));
        await other.WaitForExitAsync(patience.Token);
        return (other.ExitCode, await output + await error);
    }

    /// <summary>What Ctrl-C sends, to it alone.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        await reading.WaitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>Fails where a file or, where that can be known, a process of it is left.</summary>
    public void LeavesNothing()
    {
        Assert.Empty(Directory.GetFileSystemEntries(Temporary));
        if (!OperatingSystem.IsLinux()) return;
        Assert.DoesNotContain(Directory.GetDirectories("/proc"), IsOfDemo);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private Process Start(string[] arguments)
    {
        // Whoever runs the tests in the background ignores SIGINT, and so would all that they start.
        var start = new ProcessStartInfo("env")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "--default-signal=INT", "dotnet" },
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "fedlowrank.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["TMPDIR"] = Temporary;
        return Process.Start(start)!;
    }

    /// <summary>A process whose command line or folder names the temporary folder.</summary>
    private bool IsOfDemo(string each)
    {
        try
        {
            return File.ReadAllText(Path.Combine(each, "cmdline")).Contains(Temporary, StringComparison.Ordinal) ||
                (File.ResolveLinkTarget(Path.Combine(each, "cwd"), returnFinalTarget: false)?.FullName ?? "")
                .Contains(Temporary, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or is of another user.
            return false;
        }
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
