using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Console;

/// <summary>All runs and agents, as they were a moment ago.</summary>
internal sealed record FleetFacts(
    IReadOnlyList<RunState> Runs, IReadOnlyList<DamagedRun> Damaged, IReadOnlyList<AgentRecord> Agents)
{
    /// <summary>As they are now.</summary>
    public static async Task<FleetFacts> ReadAsync(IFederation federation, CancellationToken cancellationToken) => new(
        await federation.Runs.ListAsync(cancellationToken),
        await federation.Runs.ListDamagedAsync(cancellationToken),
        await federation.Agents.ListAsync(cancellationToken));
}
