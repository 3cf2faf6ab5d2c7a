using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>Where a log ends: number and hash of its newest entry.</summary>
public sealed record AuditHead(long Sequence, BlobHash Hash)
{
    /// <summary>The end of a log without entries.</summary>
    public static AuditHead Empty { get; } = new(0, default);
}
