namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>A figure from public data, for example accuracy 0.87.</summary>
/// <param name="Name">1 to 64 characters.</param>
/// <param name="Value">Finite.</param>
public sealed record Metric(string Name, double Value);
