namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>An authority from its file.</summary>
/// <param name="Authority">The authority.</param>
/// <param name="Warning">What the operator should hear at every start, or null.</param>
public sealed record LoadedAuthority(CertificateAuthority Authority, string? Warning);
