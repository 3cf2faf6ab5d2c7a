namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>What a model learns to tell.</summary>
public enum SimulationTask
{
    /// <summary>The label of a text.</summary>
    Classification,

    /// <summary>Each token of a text from those before it.</summary>
    NextToken,
}
