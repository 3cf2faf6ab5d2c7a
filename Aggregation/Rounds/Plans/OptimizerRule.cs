namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>The rules that local training can follow.</summary>
public enum OptimizerRule
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,

    /// <summary>Adam.</summary>
    Adam,
}
