using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>As its text.</summary>
public sealed class RunIdConverter() : TextConverter<RunId>(text => new(text));
