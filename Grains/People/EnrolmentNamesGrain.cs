using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.People;
using Orleans.Concurrency;

namespace FedLowRank.Grains.People;

/// <summary>
/// Reads the names from the journal, for fronts that have none. It holds nothing, so that there may be one on every
/// silo.
/// </summary>
[StatelessWorker, GrainType("fedlowrank.enrolment-names")]
internal sealed class EnrolmentNamesGrain(GrainParts parts) : Grain, IEnrolmentNamesGrain
{
    /// <inheritdoc/>
    public async Task<AgentId[]> AllAsync() =>
        [.. (await parts.Journal.ListAsync(Enrolment.Prefix)).Select(stream => Enrolment.AgentOf(stream.Name))];
}
