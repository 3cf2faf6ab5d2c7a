using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>What a run starts from.</summary>
/// <param name="Round">0, or for a fork the parent's round, so that what depends on the round's number goes on.</param>
/// <param name="Checkpoint">Manifest of the adapter to start from.</param>
/// <param name="Parent">The run that it was forked from, if any.</param>
public sealed record RunOrigin(int Round, BlobHash Checkpoint, RunId? Parent);
