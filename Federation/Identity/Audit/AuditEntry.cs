using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>An entry of the audit log, made by <see cref="AuditLog.Next"/>.</summary>
/// <param name="Sequence">1 for the first, and one more for each that follows.</param>
/// <param name="At">The server's clock, UTC, to the millisecond.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Action">What.</param>
/// <param name="Target">To what.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Details">Facts beside.</param>
/// <param name="Previous">SHA-256 of the stored form of the entry before; zeros for the first.</param>
public sealed record AuditEntry(
    long Sequence, DateTimeOffset At, string Actor, string Action, string Target, AuditOutcome Outcome,
    ValueList<AuditDetail> Details, BlobHash Previous);
