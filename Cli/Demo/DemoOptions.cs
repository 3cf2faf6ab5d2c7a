using FedLowRank.Cli.Demo.Servers;

namespace FedLowRank.Cli.Demo;

/// <summary>What a demo is made of.</summary>
/// <param name="Output">Folder for the results and logs.</param>
/// <param name="Samples">Folder with the sample model and data.</param>
/// <param name="Agent">The agent's program.</param>
/// <param name="Cluster">The cluster that serves; null for a single server.</param>
internal sealed record DemoOptions(string Output, string Samples, string Agent, ClusterOptions? Cluster);
