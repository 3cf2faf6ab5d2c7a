namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>What a model learns of a text.</summary>
public enum TaskKind
{
    /// <summary>Its label.</summary>
    Classification,

    /// <summary>Each of its tokens from those before it.</summary>
    NextToken,
}
