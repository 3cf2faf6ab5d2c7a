using System.CommandLine;
using System.CommandLine.Parsing;
using FedLowRank.Cli.Serving;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Commands;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    /// <summary>How the shells' completion scripts call the program.</summary>
    private const string Suggest = "[suggest";

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        string[] arguments, CommandHost host, CancellationToken cancellation = default)
    {
        var parsed = Root(host).Parse(arguments);
        var isSuggest = arguments is [var first, ..] && first.StartsWith(Suggest, StringComparison.Ordinal);
        if (parsed.Errors.Count > 0 && !isSuggest)
        {
            var message = string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message));
            var isJson = arguments.Contains(AdminVerb.JsonOption, StringComparer.Ordinal);
            ErrorReport.Write(host, isJson, "bad-command-line", message, ExitCode.BadInput);
            if (!isJson) await host.Error.WriteLineAsync($"{CommandOf(parsed)} --help shows what there is");
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

    /// <summary>Every command.</summary>
    public static RootCommand Root(CommandHost host) =>
        new($"Private federated fine-tuning of language models.{Environment.NewLine}{ExitCode.Meaning}")
        {
            ServeCommand.Create(host),
            RunsVerbs.Create(host),
            RoundsVerbs.Create(host),
            AgentsVerbs.Create(host),
            UsersVerbs.Create(host),
            AuditVerbs.Create(host),
            DoctorVerb.Create(host),
            SimulateCommand.Create(host),
            DemoCommand.Create(host),
            UpCommand.Create(host),
            CompletionCommand.Create(host),
        };

    private static string CommandOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result.Parent is CommandResult parent; result = parent)
            names.Insert(0, result.Command.Name);
        return string.Join(' ', names.Prepend("fedlowrank"));
    }
}
