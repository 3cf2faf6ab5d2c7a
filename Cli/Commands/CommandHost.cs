using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Serving;
using FedLowRank.Privacy;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using Spectre.Console;

namespace FedLowRank.Cli.Commands;

/// <summary>What the commands need of the world.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress and errors.</param>
internal sealed record CommandHost(TextWriter Output, TextWriter Error)
{
    // Wide enough for every table of ours; a file or pipe has no width of its own.
    private const int PlainWidth = 240;

    /// <summary>Clock of rates and durations.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Noise and batches of private runs.</summary>
    public IRandomSource Random { get; init; } = new CryptographicRandomSource();

    /// <summary>Opens a model folder with its linear layers in a format.</summary>
    public Func<string, WeightFormat, LoadedModel> OpenModel { get; init; } =
        (folder, format) => LoadedModel.Open(folder, new CpuEngineOptions { Format = format });

    /// <summary>Hash by which agents know a model folder.</summary>
    public Func<string, BlobHash> HashModel { get; init; } = folder => ModelFolderHash.Compute(folder);

    /// <summary>What a server is built on, in place of what its folder holds; tests put faults round it.</summary>
    public Func<ServerParts, ServerParts> ServerParts { get; init; } = parts => parts;

    /// <summary>Where profiles are looked for.</summary>
    public ProfilePlaces Profiles { get; init; } = ProfilePlaces.OfProcess();

    /// <summary>Folder of the samples.</summary>
    public string SamplesFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>A console on one of the writers.</summary>
    public static IAnsiConsole ConsoleOn(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = PlainWidth;
        return console;
    }
}
