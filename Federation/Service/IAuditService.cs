using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Federation.Service;

/// <summary>The audit log. The services write their own changes; the gateway adds what it turned away.</summary>
public interface IAuditService
{
    /// <summary>Appends an entry, durably.</summary>
    Task AppendAsync(AuditDraft draft, CancellationToken cancellationToken = default);

    /// <summary>Number of the last entry there is now; 0 where there is none.</summary>
    Task<long> LastAsync(CancellationToken cancellationToken = default);

    /// <summary>The stored lines (<see cref="AuditJson"/>) from an entry on, until the last there is now.</summary>
    /// <param name="first">Sequence of the first, from 1.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(long first, CancellationToken cancellationToken = default);

    /// <summary>The authority's word on where the log ends now; it is kept.</summary>
    Task<SignedHead> SignHeadAsync(CancellationToken cancellationToken = default);

    /// <summary>The words that were kept, oldest first.</summary>
    Task<IReadOnlyList<SignedHead>> SignedHeadsAsync(CancellationToken cancellationToken = default);
}
