namespace FedLowRank.Aggregation.Methods;

/// <summary>One agent's difference from the round's start, and its integer weight in the sum.</summary>
public sealed class AgentUpdate(int weight, double[] difference)
{
    /// <summary>Integer weight, at least 1.</summary>
    public int Weight { get; } = weight;

    /// <summary>Flat difference in the round's layout.</summary>
    public ReadOnlySpan<double> Difference => difference;
}
