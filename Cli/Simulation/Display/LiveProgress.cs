using Spectre.Console;

namespace FedLowRank.Cli.Simulation.Display;

/// <summary>A bar for each run, and above the bars a line for each round.</summary>
internal sealed class LiveProgress(IAnsiConsole console, ProgressContext context) : ISimulationProgress
{
    private ProgressTask? task;
    private string run = string.Empty;
    private int rounds;

    /// <inheritdoc/>
    public void Began(string name, int rounds, long examplesExpected)
    {
        run = name;
        this.rounds = rounds;
        task = context.AddTask(Markup.Escape(name), maxValue: examplesExpected);
    }

    /// <inheritdoc/>
    public void Processed(int examples)
    {
        // Batches are random: the bar must not be full before the run is over.
        if (task is not null)
        {
            task.Value = Math.Min(task.Value + examples, task.MaxValue - 1);
        }
    }

    /// <inheritdoc/>
    public void RoundDone(RoundResult round)
    {
        console.WriteLine(RoundLine.Of(run, rounds, round));
        if (task is not null && round.Round == rounds)
        {
            task.Value = task.MaxValue;
        }
    }
}
