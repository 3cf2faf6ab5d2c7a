using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Grains.People;

/// <summary>The audit log; there is one, of key 0, because each entry holds the hash of the one before.</summary>
[Alias("fedlowrank.audit")]
internal interface IAuditGrain : IGrainWithIntegerKey
{
    /// <summary>Appends entries, all or none, durably; once, however often an activation is asked.</summary>
    /// <param name="id">Of these entries; the same where they are sent again.</param>
    /// <param name="drafts">The entries.</param>
    [Alias("append")]
    Task AppendAsync(Guid id, AuditDraft[] drafts);

    /// <summary>Some entries, from the one of a number on.</summary>
    [Alias("read")]
    Task<AuditPage> ReadAsync(long first);

    /// <summary>The authority's word on where the log ends now; it is kept.</summary>
    [Alias("sign")]
    Task<SignedHead> SignAsync();

    /// <summary>Some of the words that were kept, from the one of a number on, oldest first.</summary>
    [Alias("heads")]
    Task<AuditHeads> HeadsAsync(long first);
}
