using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Service;

/// <summary>A run that stands still because its stored state cannot be used.</summary>
/// <param name="Run">The run.</param>
/// <param name="Message">One sentence for the operator: what is wrong with what is stored.</param>
public sealed record DamagedRun(RunId Run, string Message);
