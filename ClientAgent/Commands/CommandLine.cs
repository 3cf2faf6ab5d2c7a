using System.CommandLine;
using FedLowRank.ClientAgent.Storage;

namespace FedLowRank.ClientAgent.Commands;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    private const string FolderVariable = "FEDLOWRANK_AGENT_FOLDER";

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        string[] arguments, AgentHost host, CancellationToken cancellation = default)
    {
        var root = new RootCommand("Trains beside your data for a private federation; the texts stay here.")
        {
            EnrolCommand.Create(host), RunCommand.Create(host), StatusCommand.Create(host), DoctorCommand.Create(host),
            BenchCommand.Create(host),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await host.Error.WriteLineAsync(error.Message);
            await host.Error.WriteLineAsync($"{AgentProgram.Name} --help shows what there is");
            return ExitCode.BadInput;
        }

        // On SIGTERM and Ctrl-C the agent has this long to end the step at hand and to say a last word; after it the
        // program ends all the same, which harms nothing: what counts is on disk at every moment.
        var settings = new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(60),
        };
        return await parsed.InvokeAsync(settings, cancellation);
    }

    /// <summary>The option that all commands have.</summary>
    public static Option<string> FolderOption(AgentHost host) => new("--folder")
    {
        Description = $"The agent's folder; else ${FolderVariable}, else ./fedlowrank-agent.",
        HelpName = "folder",
        DefaultValueFactory = _ =>
            host.Variable(FolderVariable) is { Length: > 0 } folder ? folder : "fedlowrank-agent",
    };

    /// <summary>Another that all commands have.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Answer with one line of JSON." };

    /// <summary>The folder that a command line names.</summary>
    public static AgentFolder FolderOf(ParseResult parsed, Option<string> option) =>
        new(parsed.GetRequiredValue(option));
}
