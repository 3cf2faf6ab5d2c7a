using System.CommandLine;
using FedLowRank.Cli.Demo;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Commands;

/// <summary><c>up</c>: a cluster with agents on this machine, until Ctrl-C.</summary>
internal static class UpCommand
{
    private const int Silos = 3;

    public static Command Create(CommandHost host)
    {
        var shared = new DemoOptionSet(host, Silos);
        var command = new Command(
            "up", "Start a cluster and five agents on this machine and a run on it, until Ctrl-C.");
        foreach (var option in shared.All) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => VerbRunner.RunAsync(
            host, isJson: false,
            async token =>
            {
                await new UpDemo(host, shared.Read(parsed)).RunAsync(token);
                return ExitCode.Done;
            },
            cancellation));
        return command;
    }
}
