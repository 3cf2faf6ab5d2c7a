using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Files;

namespace FedLowRank.ClientAgent.Commands;

/// <summary>Runs a command's work and turns what goes wrong into a message and an exit code.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(
        AgentHost host, Func<CancellationToken, Task<int>> work, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(() => work(cancellation), CancellationToken.None);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await host.Error.WriteLineAsync("cancelled");
            return ExitCode.Cancelled;
        }
        catch (Exception error)
        {
            var code = CodeOf(error);

            // Where it may be a fault of ours, whoever reports it needs the trace.
            var isExpected = code != ExitCode.Failure || error is IOException or UnauthorizedAccessException
                or LedgerException || Backoff.IsPassing(error, cancellation);
            await host.Error.WriteLineAsync(isExpected ? OneLine.Of(error.Message) : $"failed: {error}");
            if (error is EngineException { Advice: var advice }) await host.Error.WriteLineAsync($"-> {advice}");
            return code;
        }
    }

    private static int CodeOf(Exception error) => error switch
    {
        FolderInUseException => ExitCode.InUse,
        NotAdmittedException or RefusedException => ExitCode.NotAdmitted,
        PolicyException or InputFileException or WeightsException or IdentityFileException
            or EngineException or FileNotFoundException or DirectoryNotFoundException => ExitCode.BadInput,
        _ => ExitCode.Failure,
    };
}
