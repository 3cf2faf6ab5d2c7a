using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>As its text.</summary>
public sealed class CommandIdConverter() : TextConverter<CommandId>(text => new(text));
