using System.CommandLine;

namespace FedLowRank.ClientAgent;

/// <summary>For an executable that has one engine: there is nothing to choose.</summary>
/// <param name="engine">The one.</param>
public sealed class OneEngine(AgentEngine engine) : IEngineChoice
{
    /// <inheritdoc/>
    public IReadOnlyList<Option> Options => [];

    /// <inheritdoc/>
    public AgentEngine Choose(ParseResult parsed, Func<string, string?> variable) => engine;
}
