using FedLowRank.ClientAgent.Commands;

namespace FedLowRank.ClientAgent;

/// <summary>The agent's program, for executables that differ in the engine only.</summary>
public static class AgentProgram
{
    /// <summary>Runs a command line; <c>--help</c> shows what there is.</summary>
    /// <param name="arguments">Of the command line.</param>
    /// <param name="engines">What can train.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments, IEngineChoice engines) => CommandLine.RunAsync(
        arguments, new AgentHost(Console.In, Console.Out, Console.Error) { Engines = engines });
}
