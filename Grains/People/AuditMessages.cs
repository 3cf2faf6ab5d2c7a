using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Grains.People;

/// <summary>Neighbouring entries of the audit log.</summary>
/// <param name="Lines">As they are stored; none where the log ends before the one that was asked for.</param>
/// <param name="Last">Number of the last entry there was when they were read.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.audit-page")]
internal sealed record AuditPage([property: Id(0)] byte[][] Lines, [property: Id(1)] long Last);

/// <summary>Neighbouring words of the authority on where the log ended.</summary>
/// <param name="Heads">None where there are no further ones.</param>
/// <param name="Next">Number of the one that follows them.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.audit-heads")]
internal sealed record AuditHeads([property: Id(0)] SignedHead[] Heads, [property: Id(1)] long Next);
