using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <inheritdoc/>
public sealed class AgentIdConverter() : TextConverter<AgentId>(text => new(text));
