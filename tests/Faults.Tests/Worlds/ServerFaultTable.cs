using FedLowRank.Faults.Tests.Worlds;

[assembly: AssemblyFixture(typeof(ServerFaultTable))]

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>What was done to the single server.</summary>
public sealed class ServerFaultTable() : FaultTable("faults.md");
