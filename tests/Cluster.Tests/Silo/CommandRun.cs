using FedLowRank.Silo.Commands;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>A command line of the program, run within this process.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Error">What it said beside that.</param>
internal sealed record CommandRun(int Exit, string Output, string Error)
{
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exit = await CommandLine.RunAsync(
            arguments, new CommandHost(output, error), TestContext.Current.CancellationToken);
        return new(exit, output.ToString(), error.ToString());
    }
}
