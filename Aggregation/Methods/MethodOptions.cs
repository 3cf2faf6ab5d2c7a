namespace FedLowRank.Aggregation.Methods;

/// <summary>Settings of the methods; each reads its own.</summary>
public sealed record MethodOptions
{
    /// <summary>
    /// At least 1: rounds from one refresh of <c>fedsvd</c> to the next, or rounds that <c>fedsvd-alternating</c> and
    /// <c>rolora</c> train one factor before the other's turn.
    /// </summary>
    public int Period { get; init; } = 1;

    /// <summary>
    /// Agents in a round, at least 1: what <c>fedex</c> and <c>flora</c> send down grows with it.
    /// </summary>
    public int CohortSize { get; init; } = 1;
}
