namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>What the one streaming pass saw in an update.</summary>
/// <param name="Verdict">The first fault, or Clean.</param>
/// <param name="Norm">
/// L2 norm of the update. Must be null in a private run, which keeps nothing derived from data.
/// </param>
public sealed record Screening(ScreeningVerdict Verdict, double? Norm);
