namespace FedLowRank.Federation.Identity.Audit;

/// <summary>A fact beside an entry of the audit log. Bounded and cleaned when the entry is made.</summary>
public sealed record AuditDetail(string Key, string Value);
