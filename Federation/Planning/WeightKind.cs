namespace FedLowRank.Federation.Planning;

/// <summary>How much each agent counts in the mean of a round.</summary>
public enum WeightKind
{
    /// <summary>All the same.</summary>
    Equal,

    /// <summary>By the number of examples that its owner declared.</summary>
    Declared,
}
