namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>A value and the version of its form, which is read first.</summary>
public sealed record Versioned<T>(int Schema, T Value);
