using FedLowRank.Privacy;
using FedLowRank.Training;
using Spectre.Console;

namespace FedLowRank.Cli.Commands;

/// <summary>What the commands need of the world.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress and errors.</param>
internal sealed record CommandHost(TextWriter Output, TextWriter Error)
{
    /// <summary>Clock of rates and durations.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Noise and batches of private runs.</summary>
    public IRandomSource Random { get; init; } = new CryptographicRandomSource();

    /// <summary>Opens a model folder.</summary>
    public Func<string, LoadedModel> OpenModel { get; init; } = LoadedModel.Open;

    /// <summary>Folder of the samples.</summary>
    public string SamplesFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>A console on one of the writers.</summary>
    public static IAnsiConsole ConsoleOn(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
