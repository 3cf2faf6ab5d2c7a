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
        var shared = new DemoOptionSet(host, silosDefault: null);
        var compare = new Option<bool>("--compare")
        {
            Description = "Instead, compare private, federated and centralised training, in one process.",
        };
        var json = new Option<bool>("--json") { Description = "End with the figures as one line of JSON." };
        var command = new Command(
            "demo", "Let a server and five agents fine-tune a small model privately, as processes on this machine.")
        {
            compare, json,
        };
        foreach (var option in shared.All) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var options = shared.Read(parsed);
            var asJson = parsed.GetValue(json);
            if (parsed.GetValue(compare))
            {
                return CommandRunner.RunAsync(
                    host, token => CompareDemo.Run(host, options.Output, options.Samples, asJson, token), cancellation);
            }

            return VerbRunner.RunAsync(
                host, isJson: false,
                async token =>
                {
                    await new ServiceDemo(host, options).RunAsync(asJson, token);
                    return ExitCode.Done;
                },
                cancellation);
        });
        return command;
    }
}
