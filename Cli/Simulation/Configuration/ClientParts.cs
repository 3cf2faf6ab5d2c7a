namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>A client that is split into parts <c>NAME 1</c>, <c>NAME 2</c> and so on.</summary>
/// <param name="Name">The client.</param>
/// <param name="Parts">Number of parts, at least 2.</param>
public sealed record ClientParts(string Name, int Parts);
