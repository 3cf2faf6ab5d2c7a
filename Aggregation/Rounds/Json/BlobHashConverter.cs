using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <inheritdoc/>
public sealed class BlobHashConverter() : TextConverter<BlobHash>(BlobHash.Parse);
