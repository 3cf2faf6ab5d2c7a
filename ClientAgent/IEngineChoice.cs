using System.CommandLine;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent;

/// <summary>The engines that one executable has, and the options by which a command line names one.</summary>
public interface IEngineChoice
{
    /// <summary>Of the commands that train or look at the device: <c>run</c>, <c>doctor</c> and <c>bench</c>.</summary>
    IReadOnlyList<Option> Options { get; }

    /// <summary>The engine that a command line and the environment name; its device is open.</summary>
    /// <param name="parsed">Of a command with <see cref="Options"/>.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <exception cref="EngineException">An option's value, the device or its library cannot be used.</exception>
    AgentEngine Choose(ParseResult parsed, Func<string, string?> variable);
}
