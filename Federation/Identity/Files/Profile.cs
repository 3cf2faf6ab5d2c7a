using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Files;

/// <summary>Which server a person works with, and as whom. Holds a secret.</summary>
public sealed record Profile
{
    /// <summary>File that it was read from; null for one made in memory.</summary>
    public string? Path { get; init; }

    /// <summary>Base address of the admin listener, https.</summary>
    public required Uri Server { get; init; }

    /// <summary>SHA-256 of the only authority that may vouch for the server.</summary>
    public required BlobHash Authority { get; init; }

    /// <summary>The authority's certificate; null where the profile holds its fingerprint alone.</summary>
    public required X509Certificate2? Certificate { get; init; }

    /// <summary>The user's token; null for a server that asks for none.</summary>
    public required string? Token { get; init; }

    /// <summary>Says nothing of the token.</summary>
    public override string ToString() => $"{Server} ({Authority})";
}
