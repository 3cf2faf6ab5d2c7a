using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Gateway.Access;

/// <summary>The identity provider whose tokens people may show.</summary>
public sealed record OidcOptions
{
    /// <summary>What its claims mean here.</summary>
    public required OidcRules Rules { get; init; }

    /// <summary>
    /// Its discovery document, https, as a rule the issuer's address with <c>/.well-known/openid-configuration</c>; its
    /// keys are read from there and read again when they change.
    /// </summary>
    public Uri? Discovery { get; init; }

    /// <summary>Or a file with its public keys as a JSON Web Key Set (RFC 7517), read at the start.</summary>
    public string? KeysFile { get; init; }

    internal void Check()
    {
        if (Discovery is null == KeysFile is null)
            throw BadOptions.Error("oidc needs either discovery or keysFile, and not both");
        if (Discovery is { } address && (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps))
            throw BadOptions.Error($"oidc.discovery is '{address}'; it must be an absolute https address");
    }
}
