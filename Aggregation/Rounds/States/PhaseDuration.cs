namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>How long a round was in a phase, in the run's time.</summary>
public sealed record PhaseDuration(RoundStage Stage, TimeSpan Duration);
