namespace FedLowRank.Federation.Identity.Audit;

/// <summary>
/// The authority's word that the log had this end at that time. Kept outside the server's reach, it shows later that
/// the log was cut or rewritten; the chain alone cannot.
/// </summary>
/// <param name="Head">The end of the log.</param>
/// <param name="At">When it was signed, UTC, to the millisecond.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 (r and s, IEEE P1363), in base64.</param>
public sealed record SignedHead(AuditHead Head, DateTimeOffset At, string Signature);
