using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// One of the demo's programs as a process of its own. Its lines go to a log file; it does not outlive the demo.
/// </summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(3);

    private readonly DemoProgram program;
    private readonly Process process;
    private readonly string logFile;
    private readonly TextWriter log;
    private readonly TaskCompletionSource<string> firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task reading;
    private string lastLine = "";

    private DemoProcess(DemoProgram program, Process process, string logFile)
    {
        (this.program, this.process, this.logFile) = (program, process, logFile);
        log = TextWriter.Synchronized(new StreamWriter(logFile, append: true) { AutoFlush = true });
        reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, isOutput: true), ReadAsync(process.StandardError, isOutput: false));
    }

    /// <summary>The system's number for it.</summary>
    public int Id => process.Id;

    /// <summary>True once it is over.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Which, and how.</param>
    /// <param name="logs">Folder of the log.</param>
    /// <exception cref="AdminException">It cannot be started.</exception>
    public static DemoProcess Start(DemoProgram program, string logs)
    {
        var isManaged = program.Path.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isManaged ? "dotnet" : program.Path)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = program.Folder ?? "",
        };
        // A killed process would leave the sockets for its debugger in the temporary folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        if (isManaged) start.ArgumentList.Add(program.Path);
        foreach (var argument in program.Arguments) start.ArgumentList.Add(argument);
        try
        {
            return new(program, Process.Start(start)!, Path.Combine(logs, $"{program.Name}.log"));
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new AdminException(
                "part-failed", $"{program.Name} cannot be started: {error.Message}", ExitCode.Failure, error);
        }
    }

    /// <summary>The first line that it prints as a result.</summary>
    /// <exception cref="AdminException">It is of an error, or none came before the end or for too long.</exception>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The reading was started by the constructor.")]
    public async Task<string> FirstLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            var line = await firstLine.Task.WaitAsync(StartMax, cancellationToken);
            return JsonSerializer.Deserialize(line, AdminJson.Default.ErrorLine)?.Error is { } error
                ? throw new AdminException(error.Code, $"{program.Name}: {error.Message}", error.Exit)
                : line;
        }
        catch (TimeoutException error)
        {
            throw new AdminException(
                "part-failed", $"{program.Name} does not start: {lastLine} (more in {logFile})", ExitCode.Failure,
                error);
        }
    }

    /// <summary>Waits for a good end.</summary>
    /// <exception cref="AdminException">It ended with an error.</exception>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The reading was started by the constructor.")]
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        await reading.WaitAsync(cancellationToken);
        if (process.ExitCode != 0) throw Failed();
    }

    /// <summary>SIGKILL: nothing is saved, no handler runs.</summary>
    public void Kill() => process.Kill();

    /// <summary>What is said of a process that ended too soon.</summary>
    public AdminException Failed() => new(
        "part-failed", $"{program.Name} ended too soon: {lastLine} (more in {logFile})", ExitCode.Failure);

    /// <summary>Asks it to end, and kills it where it does not.</summary>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The reading was started by the constructor.")]
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // What kill says of a process that has just ended concerns nobody.
            using var kill = Process.Start(new ProcessStartInfo(
                "kill", [$"-{program.EndSignal}", process.Id.ToString(CultureInfo.InvariantCulture)])
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
            lastLine = line;
            if (isOutput) firstLine.TrySetResult(line);
        }

        if (isOutput) firstLine.TrySetException(Failed());
    }
}
