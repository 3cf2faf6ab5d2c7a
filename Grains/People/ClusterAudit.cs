using System.Runtime.CompilerServices;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.Front;

namespace FedLowRank.Grains.People;

/// <summary>
/// The audit log of a cluster, page by page. All calls are asked again where a silo died: to read twice does no harm,
/// the authority may give its word twice, and an entry may be there twice but is never missing.
/// </summary>
internal sealed class ClusterAudit(IGrainFactory grains) : IAuditService
{
    private IAuditGrain Grain => grains.GetGrain<IAuditGrain>(0);

    /// <inheritdoc/>
    public Task AppendAsync(AuditDraft draft, CancellationToken cancellationToken = default) =>
        GrainAudit.AppendAsync(Grain, [draft], cancellationToken);

    /// <inheritdoc/>
    public async Task<long> LastAsync(CancellationToken cancellationToken = default) =>
        (await ReadPageAsync(long.MaxValue, cancellationToken)).Last;

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        long first, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = first;
        var page = await ReadPageAsync(next, cancellationToken);
        for (var last = page.Last; next <= last && page.Lines.Length > 0;)
        {
            foreach (var line in page.Lines)
            {
                yield return line;
                if (next++ == last) yield break;
            }

            page = await ReadPageAsync(next, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<SignedHead> SignHeadAsync(CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(Grain.SignAsync, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SignedHead>> SignedHeadsAsync(CancellationToken cancellationToken = default)
    {
        var all = new List<SignedHead>();
        for (var next = 1L; ;)
        {
            var from = next;
            var page = await Retry.BrieflyAsync(() => Grain.HeadsAsync(from), cancellationToken);
            if (page.Heads.Length == 0) return all;
            all.AddRange(page.Heads);
            next = page.Next;
        }
    }

    private Task<AuditPage> ReadPageAsync(long first, CancellationToken cancellationToken) =>
        Retry.BrieflyAsync(() => Grain.ReadAsync(first), cancellationToken);
}
