namespace FedLowRank.Aggregation.Methods;

/// <summary>Settings of the methods; each reads its own.</summary>
public sealed record MethodOptions
{
    /// <summary>Rounds from one refresh of <c>fedsvd</c> to the next, at least 1.</summary>
    public int RefreshPeriod { get; init; } = 1;
}
