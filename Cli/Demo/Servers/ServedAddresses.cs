namespace FedLowRank.Cli.Demo.Servers;

/// <summary>Of what a server says when it serves, what the demo needs.</summary>
/// <param name="Agents">Where agents connect.</param>
/// <param name="Admin">Where people connect, and agents enrol.</param>
internal sealed record ServedAddresses(Uri Agents, Uri Admin);
