namespace FedLowRank.Aggregation.Methods;

/// <summary>One agent's difference from the round's start, and its integer weight in the sum.</summary>
/// <param name="weight">Integer weight, at least 1.</param>
/// <param name="difference">
/// Flat difference in the round's layout, padded with zeros where the agent trained a lower rank.
/// </param>
/// <param name="rankMax">
/// Highest rank that the agent trains; it started from the first so many rows of A and columns of B.
/// </param>
public sealed class AgentUpdate(int weight, double[] difference, int rankMax = int.MaxValue)
{
    /// <summary>Highest rank that the agent trains.</summary>
    public int RankMax { get; } = rankMax;

    /// <summary>Integer weight, at least 1.</summary>
    public int Weight { get; } = weight;

    /// <summary>Flat difference in the round's layout.</summary>
    public ReadOnlySpan<double> Difference => difference;
}
