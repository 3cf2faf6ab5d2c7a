namespace FedLowRank.Aggregation.Methods;

/// <summary>What a method must see of the agents' updates.</summary>
public enum ServerNeeds
{
    /// <summary>Their weighted sum only: fits secure aggregation.</summary>
    WeightedSum,

    /// <summary>Each update by itself: does not fit secure aggregation.</summary>
    EachUpdate,
}
