using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>The authority's word that a run has this checkpoint.</summary>
/// <param name="Run">The run.</param>
/// <param name="Manifest">SHA-256 of the manifest.</param>
/// <param name="At">When it was signed, UTC, to the millisecond.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 (r and s, IEEE P1363), in base64.</param>
public sealed record SignedCheckpoint(RunId Run, BlobHash Manifest, DateTimeOffset At, string Signature);
