using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>An agent's certificate as the server remembers it. Holds nothing secret.</summary>
/// <param name="Agent">Whose it is.</param>
/// <param name="Serial">Its number.</param>
/// <param name="NotBefore">From when it holds.</param>
/// <param name="NotAfter">When it expires.</param>
/// <param name="KeyHash">SHA-256 of the public key (SubjectPublicKeyInfo).</param>
/// <param name="Pem">The certificate itself.</param>
public sealed record IssuedCertificate(
    AgentId Agent, SerialNumber Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, BlobHash KeyHash,
    string Pem);
