using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// A run's plan has a form that this agent does not know, as that of a newer server may: another try would go the same.
/// </summary>
internal sealed class UnknownPlanException(RunId run, Exception cause) : Exception(
    $"the plan of run {run} is of a form that this version of the agent does not know: {cause.Message}",
    cause);
