using FedLowRank.ClientAgent.Commands;

namespace FedLowRank.ClientAgent;

/// <summary>The agent's program, for executables that differ in the engine only.</summary>
public static class AgentProgram
{
    /// <summary>Runs a command line: <c>enrol</c>, <c>run</c>, <c>status</c> or <c>doctor</c>.</summary>
    /// <param name="arguments">Of the command line.</param>
    /// <param name="engine">What trains.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments, AgentEngine engine) => CommandLine.RunAsync(
        arguments, new AgentHost(Console.In, Console.Out, Console.Error) { Engine = engine });
}
