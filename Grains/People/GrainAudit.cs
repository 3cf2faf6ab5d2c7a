using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Grains.Front;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Grains.People;

/// <summary>
/// The audit log as grains write it. Where its silo has died it is asked again, and the log may hold an entry twice,
/// because the answer was lost and not the entry. It never lacks one.
/// </summary>
internal sealed class GrainAudit(IGrainFactory grains, ILogger logger) : IAuditSink
{
    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken = default) =>
        drafts.Count == 0
            ? Task.CompletedTask
            : AppendAsync(grains.GetGrain<IAuditGrain>(0), [.. drafts], cancellationToken);

    /// <summary>Appends entries, again where no answer comes.</summary>
    public static Task AppendAsync(IAuditGrain audit, AuditDraft[] drafts, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        return Retry.BrieflyAsync(() => audit.AppendAsync(id, drafts), cancellationToken);
    }

    /// <inheritdoc/>
    public Task TryTellFailedAsync(IEnumerable<AuditDraft> announced) =>
        Audits.TryTellFailedAsync(this, announced, logger);
}
