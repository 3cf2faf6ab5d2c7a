using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>Takes what the services write into the audit log.</summary>
internal interface IAuditSink
{
    /// <summary>Appends entries, all or none, durably.</summary>
    Task AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds that what stands in the log as done could not be stored. Where the log cannot be written either, whoever
    /// asked hears of the first fault alone.
    /// </summary>
    Task TryTellFailedAsync(IEnumerable<AuditDraft> announced);
}
