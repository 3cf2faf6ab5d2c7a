using System.CommandLine;

namespace FedLowRank.Cli.Commands;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        string[] arguments, CommandHost host, CancellationToken cancellation = default)
    {
        var root = new RootCommand("Private federated fine-tuning of language models.")
        {
            SimulateCommand.Create(host),
            DemoCommand.Create(host),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await host.Error.WriteLineAsync(error.Message);
            }

            await host.Error.WriteLineAsync("fedlowrank --help shows what there is");
            return ExitCode.BadInput;
        }

        // Commands report their own failures. On Ctrl-C they have the timeout to stop between two steps; after it the
        // program ends all the same, which harms nothing, as results are written at the end and all at once.
        var settings = new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
        };
        return await parsed.InvokeAsync(settings, cancellation);
    }
}
