using System.Collections.Immutable;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>Who the agents are.</summary>
public sealed record AgentsConfig
{
    /// <summary>How the examples are dealt out.</summary>
    public required AgentSplit Split { get; init; }

    /// <summary>Number of agents of a Dirichlet or IID split; 0 for a natural one.</summary>
    public required int Count { get; init; }

    /// <summary>Concentration of a Dirichlet split: small means that each label sits with few agents.</summary>
    public required double Alpha { get; init; }

    /// <summary>
    /// JSON object from agent to its list of clients, for natural splits; null makes each client an agent.
    /// </summary>
    public required string? GroupsFile { get; init; }

    /// <summary>The one client that is first split into parts by the hash of each example's name, or null.</summary>
    public required ClientParts? SplitClient { get; init; }

    /// <summary>
    /// The n that every owner declares unless named in <see cref="NominalExamplesByAgent"/>; null: the row count.
    /// </summary>
    public required int? NominalExamples { get; init; }

    /// <summary>The n that the owners of some agents declare.</summary>
    public required ImmutableDictionary<string, int> NominalExamplesByAgent { get; init; }
}
