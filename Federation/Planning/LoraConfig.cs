using System.Collections.Immutable;

namespace FedLowRank.Federation.Planning;

/// <summary>The adapter.</summary>
public sealed record LoraConfig
{
    /// <summary>r.</summary>
    public required int Rank { get; init; }

    /// <summary>
    /// Lower ranks of single agents, by name: they train the first so many directions, at the same alpha / r.
    /// </summary>
    public required ImmutableDictionary<string, int> RankByAgent { get; init; }

    /// <summary>alpha; B A is scaled by alpha / r.</summary>
    public required double Alpha { get; init; }

    /// <summary>Adapted layers by PEFT target names.</summary>
    public required ImmutableArray<string> Targets { get; init; }

    /// <summary>What of the head is trained.</summary>
    public required HeadTraining Head { get; init; }
}
