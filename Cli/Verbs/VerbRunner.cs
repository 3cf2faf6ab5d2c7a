using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Training.Data;
using FedLowRank.Training.Files;

namespace FedLowRank.Cli.Verbs;

/// <summary>Runs a verb and turns what goes wrong into a message, for people or programs, and an exit code.</summary>
internal static class VerbRunner
{
    /// <summary>The work runs on a thread of its own, so that Ctrl-C is heard meanwhile.</summary>
    public static Task<int> RunAsync(
        CommandHost host, bool isJson, Func<CancellationToken, Task<int>> work,
        CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            try
            {
                return await work(cancellationToken);
            }
            catch (Exception error)
            {
                var (code, message, exit) = Explain(error, cancellationToken);
                ErrorReport.Write(host, isJson, code, message, exit);
                return exit;
            }
        },
        CancellationToken.None);

    private static (string Code, string Message, int Exit) Explain(
        Exception error, CancellationToken cancellationToken) => error switch
        {
            OperationCanceledException when cancellationToken.IsCancellationRequested =>
                ("cancelled", "cancelled", ExitCode.Cancelled),
            AdminException known => (known.Code, known.Message, known.ExitCode),
            ConfigException => ("bad-config", error.Message, ExitCode.BadInput),
            InputFileException or WeightsException or SafetensorsException or IdentityFileException or
                FileNotFoundException or DirectoryNotFoundException => ("bad-input", error.Message, ExitCode.BadInput),
            InvalidDataException => ("bad-data", error.Message, ExitCode.Unsound),
            CheckpointException => ("bad-checkpoint", error.Message, ExitCode.Unsound),
            JournalException or BlobException => ("storage", error.Message, ExitCode.Failure),
            IOException or UnauthorizedAccessException => ("io", $"failed: {error.Message}", ExitCode.Failure),

            // A fault of ours: whoever reports it needs the trace.
            _ => ("fault", $"failed: {error}", ExitCode.Failure),
        };
}
