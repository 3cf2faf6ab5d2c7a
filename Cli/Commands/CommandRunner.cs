using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Federation.Configuration;
using FedLowRank.Training.Data;
using FedLowRank.Training.Files;

namespace FedLowRank.Cli.Commands;

/// <summary>Runs a command's work and turns what goes wrong into a message and an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>The work runs on a thread of its own, so that Ctrl-C is heard meanwhile.</summary>
    public static Task<int> RunAsync(
        CommandHost host, Action<CancellationToken> work, CancellationToken cancellation) =>
        Task.Run(() => Run(host, work, cancellation), CancellationToken.None);

    private static int Run(CommandHost host, Action<CancellationToken> work, CancellationToken cancellation)
    {
        try
        {
            work(cancellation);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            host.Error.WriteLine("cancelled; nothing was written");
            return ExitCode.Cancelled;
        }
        catch (Exception e) when (e is ConfigException or InputFileException or WeightsException or SafetensorsException
            or FileNotFoundException or DirectoryNotFoundException)
        {
            host.Error.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            host.Error.WriteLine($"failed: {e.Message}");
            return ExitCode.Failure;
        }
        catch (Exception e)
        {
            // A fault of ours: whoever reports it needs the trace.
            host.Error.WriteLine($"failed: {e}");
            return ExitCode.Failure;
        }
    }
}
