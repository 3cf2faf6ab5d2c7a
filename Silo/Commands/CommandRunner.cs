using System.Text.Json;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Silo.Schema;
using Npgsql;

namespace FedLowRank.Silo.Commands;

/// <summary>
/// Runs a command's work and turns what goes wrong into a message, for people or programs, and an exit code.
/// </summary>
internal static class CommandRunner
{
    /// <summary>The work runs on a thread of its own, so that signals are heard meanwhile.</summary>
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
                Report(host, isJson, code, message, exit);
                return exit;
            }
        },
        CancellationToken.None);

    /// <summary>A sentence on the error stream, or a line of JSON where the result would be.</summary>
    public static void Report(CommandHost host, bool isJson, string code, string message, int exit)
    {
        if (!isJson)
        {
            host.Error.WriteLine(message);
            return;
        }

        host.Output.WriteLine(
            JsonSerializer.Serialize(new(new(code, message, exit)), CommandJson.Default.ErrorLine));
        host.Output.Flush();
    }

    private static (string Code, string Message, int Exit) Explain(
        Exception error, CancellationToken cancellationToken) => error switch
        {
            OperationCanceledException when cancellationToken.IsCancellationRequested =>
                ("cancelled", "cancelled", ExitCode.Cancelled),
            ConfigException => ("bad-config", error.Message, ExitCode.BadInput),
            IdentityFileException => ("bad-keys", error.Message, ExitCode.BadInput),
            SchemaException known => ("schema", error.Message, known.IsCheck ? ExitCode.Unsound : ExitCode.BadInput),
            JournalException or BlobException => ("storage", error.Message, ExitCode.Failure),
            NpgsqlException => ("database", $"the database cannot be used: {error.Message}", ExitCode.Failure),
            IOException or UnauthorizedAccessException => ("io", $"failed: {error.Message}", ExitCode.Failure),

            // A fault of ours: whoever reports it needs the trace.
            _ => ("fault", $"failed: {error}", ExitCode.Failure),
        };
}
