using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// A checkpoint: all that is needed to go on from it, to audit how it came about, and to export it. Immutable; known by
/// the SHA-256 of its one stored form (<see cref="ManifestJson"/>).
/// </summary>
/// <param name="Run">The run that made it.</param>
/// <param name="Round">The attempt that made it; null for the adapter that a run starts from.</param>
/// <param name="Start">The checkpoint before; null for the adapter that a run starts from.</param>
/// <param name="Plan">The plan of the run.</param>
/// <param name="Updates">What was summed, sorted by hash and then agent.</param>
/// <param name="Parts">
/// Blobs (<see cref="AdapterFile"/>) that together hold every tensor of the adapter once, in the order of the plan's
/// shards; for a start a single one.
/// </param>
public sealed record CheckpointManifest(
    RunId Run, RoundId? Round, BlobHash? Start, RunPlan Plan, ValueList<FrozenUpdate> Updates,
    ValueList<BlobHash> Parts);
