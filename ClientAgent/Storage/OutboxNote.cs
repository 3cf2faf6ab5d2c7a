using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>What stands beside an update in the outbox.</summary>
internal sealed record OutboxNote(RunId Run, RoundId Round, BlobHash Hash, long Bytes, int Weight);
