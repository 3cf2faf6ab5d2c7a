using System.CommandLine;

namespace FedLowRank.Silo.Commands;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    private const string Json = "--json";

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        string[] arguments, CommandHost host, CancellationToken cancellation = default)
    {
        var root = new RootCommand(
            $"One process of a federation's cluster.{Environment.NewLine}{ExitCode.Meaning}")
        {
            RunCommand.Create(host), SchemaCommand.Create(host),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            var message = string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message));
            var isJson = arguments.Contains(Json, StringComparer.Ordinal);
            CommandRunner.Report(host, isJson, "bad-command-line", message, ExitCode.BadInput);
            if (!isJson) await host.Error.WriteLineAsync("fedlowrank-silo --help shows what there is");
            return ExitCode.BadInput;
        }

        // Every step of a stop has its own end; this one is only for a fault of ours.
        var settings = new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromHours(2),
        };
        return await parsed.InvokeAsync(settings, cancellation);
    }

    /// <summary>An option that all commands have.</summary>
    public static Option<string> ConfigOption() => new("--config")
    {
        Description = "JSON file that says what this process is; see docs/cluster.md.",
        HelpName = "file",
        Required = true,
    };

    /// <summary>Another.</summary>
    public static Option<bool> JsonOption(string description) => new(Json) { Description = description };
}
