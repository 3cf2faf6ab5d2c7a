using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>
/// A certificate that is within its dates and no longer admitted. Kept so that its holder hears why: only what is
/// current is ever admitted, so forgetting one admits nobody.
/// </summary>
public sealed record RetiredCertificate(SerialNumber Serial, DateTimeOffset NotAfter, bool IsRevoked);
