using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>How one attempt at a round went.</summary>
/// <param name="Id">Number and attempt.</param>
/// <param name="Start">The checkpoint that it started from.</param>
/// <param name="Opened">When, by the server's clock.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Agents">Who was invited and how each ended, sorted by agent.</param>
/// <param name="Refused">Who else was refused.</param>
/// <param name="Durations">How long each phase took; time on hold is in none.</param>
/// <param name="IsSuperseded">A rollback went back behind it.</param>
public sealed record RoundReport(
    RoundId Id, BlobHash Start, DateTimeOffset Opened, RoundResult Result, ValueList<RosterEntry> Agents,
    ValueList<RefusedAgent> Refused, ValueList<PhaseDuration> Durations, bool IsSuperseded);
