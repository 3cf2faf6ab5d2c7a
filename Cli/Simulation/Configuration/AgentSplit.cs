namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>How the training examples are dealt out to agents.</summary>
public enum AgentSplit
{
    /// <summary>By a column of the data; each value is one agent, or the values are grouped.</summary>
    Natural,

    /// <summary>Label by label in shares drawn from a Dirichlet distribution (Hsu et al., arXiv 1909.06335).</summary>
    Dirichlet,

    /// <summary>Shuffled and dealt out evenly.</summary>
    Iid,
}
