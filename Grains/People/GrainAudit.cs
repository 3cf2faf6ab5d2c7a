using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Grains.Front;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Grains.People;

/// <summary>
/// The audit log as grains write it. It is asked again where its silo has died: then the log may hold an entry twice,
/// because the answer was lost and not the entry. It never lacks one.
/// </summary>
internal sealed class GrainAudit(IGrainFactory grains, ILogger logger) : IAuditSink
{
    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken = default) =>
        Retry.RunAsync(() => grains.GetGrain<IAuditGrain>(0).AppendAsync([.. drafts]), cancellationToken);

    /// <inheritdoc/>
    public Task TryTellFailedAsync(IEnumerable<AuditDraft> announced) =>
        Audits.TryTellFailedAsync(this, announced, logger);
}
