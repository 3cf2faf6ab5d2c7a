using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// One of the demo's programs as a process of its own. Its lines go to a log file; it does not outlive the demo.
/// </summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string name;
    private readonly Process process;
    private readonly TextWriter log;
    private readonly TaskCompletionSource<string> firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task reading;

    private DemoProcess(string name, Process process, TextWriter log)
    {
        (this.name, this.process, this.log) = (name, process, log);
        reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, isOutput: true), ReadAsync(process.StandardError, isOutput: false));
    }

    /// <summary>Starts a program.</summary>
    /// <param name="name">For messages and the log.</param>
    /// <param name="program">An executable, or a .dll for the dotnet host.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="logs">Folder of the log.</param>
    public static DemoProcess Start(string name, string program, IReadOnlyList<string> arguments, string logs)
    {
        var isManaged = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isManaged ? "dotnet" : program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (isManaged) start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var lines = new StreamWriter(Path.Combine(logs, $"{name}.log"), append: true) { AutoFlush = true };
        return new(name, Process.Start(start)!, TextWriter.Synchronized(lines));
    }

    /// <summary>The first line that it prints as a result.</summary>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public Task<string> FirstLineAsync(CancellationToken cancellationToken) =>
        firstLine.Task.WaitAsync(cancellationToken);

    /// <summary>Waits for a good end.</summary>
    /// <exception cref="InvalidOperationException">It ended with an error.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw Failed();
    }

    /// <summary>SIGKILL: nothing is saved, no handler runs.</summary>
    public void Kill() => process.Kill();

    /// <summary>Asks it to end, and kills it where it does not.</summary>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The reading was started by the constructor.")]
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // What kill says of a process that has just ended concerns nobody.
            using var kill = Process.Start(new ProcessStartInfo(
                "kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            });
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }

        await process.WaitForExitAsync();
        await reading;
        await log.DisposeAsync();
        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, bool isOutput)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            await log.WriteLineAsync(line);
            if (isOutput) firstLine.TrySetResult(line);
        }

        if (isOutput) firstLine.TrySetException(Failed());
    }

    private InvalidOperationException Failed() => new($"{name} ended too soon; its log says why");
}
