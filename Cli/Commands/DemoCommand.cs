using System.CommandLine;
using FedLowRank.Cli.Demo;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Commands;

/// <summary>
/// <c>demo</c>: a federation of processes on this machine, or the table that compares the ways to learn.
/// </summary>
internal static class DemoCommand
{
    public static Command Create(CommandHost host)
    {
        var output = new Option<string>("--output")
        {
            Description = "Folder for the results.",
            HelpName = "folder",
            DefaultValueFactory = _ => "demo-results",
        };
        var samples = new Option<string>("--samples")
        {
            Description = "Folder with the sample model and data.",
            HelpName = "folder",
            DefaultValueFactory = _ => host.SamplesFolder,
        };
        var agent = new Option<string>("--agent")
        {
            Description = "The agent's program.",
            HelpName = "file",
            DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "fedlowrank-agent.dll"),
        };
        var compare = new Option<bool>("--compare")
        {
            Description = "Instead, compare private, federated and centralised training, in one process.",
        };
        var json = new Option<bool>("--json") { Description = "End with the figures as one line of JSON." };
        var command = new Command(
            "demo", "Let a server and five agents fine-tune a small model privately, as processes on this machine.")
        {
            output, samples, agent, compare, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var (folder, from) = (parsed.GetRequiredValue(output), parsed.GetRequiredValue(samples));
            var asJson = parsed.GetValue(json);
            if (parsed.GetValue(compare))
            {
                return CommandRunner.RunAsync(
                    host, token => CompareDemo.Run(host, folder, from, asJson, token), cancellation);
            }

            var demo = new ServiceDemo(host, folder, from, parsed.GetRequiredValue(agent));
            return VerbRunner.RunAsync(
                host, isJson: false,
                async token =>
                {
                    await demo.RunAsync(asJson, token);
                    return ExitCode.Done;
                },
                cancellation);
        });
        return command;
    }
}
