using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Grains.People;

/// <summary>Which agents have an enrolment; any key is as good.</summary>
[Alias("fedlowrank.enrolment-names")]
internal interface IEnrolmentNamesGrain : IGrainWithIntegerKey
{
    /// <summary>All agents that were ever invited, by name.</summary>
    [Alias("all")]
    Task<AgentId[]> AllAsync();
}
