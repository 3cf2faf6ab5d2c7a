using Spectre.Console;

namespace FedLowRank.Cli.Simulation.Display;

/// <summary>Shows simulations while they run: bars on a terminal, lines in a file or pipe.</summary>
internal static class ProgressDisplay
{
    /// <summary>Does the work, which tells the display how far it is.</summary>
    public static T Run<T>(IAnsiConsole console, TimeProvider time, Func<ISimulationProgress, T> work)
    {
        if (!console.Profile.Capabilities.Ansi || !console.Profile.Out.IsTerminal)
        {
            return work(new PlainProgress(console.Profile.Out.Writer, time));
        }

        return console.Progress()
            .AutoClear(enabled: false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RateColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new LiveProgress(console, context)));
    }
}
