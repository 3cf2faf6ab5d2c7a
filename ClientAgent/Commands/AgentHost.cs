using FedLowRank.ClientAgent.Server;
using FedLowRank.Privacy;
using FedLowRank.Training;
using Spectre.Console;

namespace FedLowRank.ClientAgent.Commands;

/// <summary>What the commands need of the world.</summary>
/// <param name="Input">Where an invite may come from.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress and errors.</param>
internal sealed record AgentHost(TextReader Input, TextWriter Output, TextWriter Error)
{
    /// <summary>What can train.</summary>
    public required IEngineChoice Engines { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Noise, batches and jitter.</summary>
    public IRandomSource Random { get; init; } = new CryptographicRandomSource();

    /// <summary>How long to wait for things.</summary>
    public AgentTimings Timings { get; init; } = new();

    /// <summary>Reads a variable of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Of this program.</summary>
    public static string Version { get; } = typeof(AgentHost).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>A console on one of the writers.</summary>
    public static IAnsiConsole ConsoleOn(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
