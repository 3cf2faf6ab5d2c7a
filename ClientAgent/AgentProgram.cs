using System.Reflection;
using FedLowRank.ClientAgent.Commands;

namespace FedLowRank.ClientAgent;

/// <summary>The agent's program, for executables that differ in the engine only.</summary>
public static class AgentProgram
{
    private const string Plain = "fedlowrank-agent";

    /// <summary>
    /// What the executable that runs is called, for advice that names commands: each kind of engine has one.
    /// </summary>
    internal static string Name { get; } =
        Assembly.GetEntryAssembly()?.GetName().Name is { } name && name.StartsWith(Plain, StringComparison.Ordinal)
            ? name
            : Plain;

    /// <summary>Runs a command line; <c>--help</c> shows what there is.</summary>
    /// <param name="arguments">Of the command line.</param>
    /// <param name="engines">What can train.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments, IEngineChoice engines) => CommandLine.RunAsync(
        arguments, new AgentHost(Console.In, Console.Out, Console.Error) { Engines = engines });
}
