namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>The optimizer of the local steps; it starts without history in every round.</summary>
public enum OptimizerKind
{
    /// <summary>SGD with momentum.</summary>
    Sgd,

    /// <summary>Adam.</summary>
    Adam,
}
