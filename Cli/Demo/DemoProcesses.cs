namespace FedLowRank.Cli.Demo;

/// <summary>Processes of the demo that run at the same time and end together.</summary>
/// <param name="logs">Folder for their logs.</param>
/// <param name="hurry">Once it is cancelled, they are killed instead of asked to end.</param>
internal sealed class DemoProcesses(string logs, CancellationToken hurry) : IAsyncDisposable
{
    private readonly Dictionary<string, DemoProcess> running = new(StringComparer.Ordinal);

    /// <summary>Starts one; its name must be free.</summary>
    public DemoProcess Start(DemoProgram program)
    {
        var process = DemoProcess.Start(program, logs);
        running.Add(program.Name, process);
        return process;
    }

    /// <summary>Runs a program to its good end, beside the others.</summary>
    public async Task RunAsync(DemoProgram program, CancellationToken cancellationToken)
    {
        await using var process = DemoProcess.Start(program, logs);
        await process.EndAsync(cancellationToken);
    }

    /// <summary>SIGKILL to one of them; its name is then free.</summary>
    public async Task KillAsync(string name)
    {
        running.Remove(name, out var process);
        process!.Kill();
        await process.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (hurry.IsCancellationRequested)
        {
            foreach (var process in running.Values) process.Kill();
        }

        await Task.WhenAll(running.Values.Select(process => process.DisposeAsync().AsTask()));
    }
}
