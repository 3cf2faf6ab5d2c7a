using FedLowRank.Aggregation.Rounds.Messages;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>What one pass over an update has found.</summary>
/// <param name="Screening">For the run.</param>
/// <param name="Sections">Of a clean update; null of any other.</param>
public sealed record ScreenedUpdate(Screening Screening, UpdateSections? Sections);
