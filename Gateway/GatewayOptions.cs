using System.Net;
using FedLowRank.Gateway.Access;
using Microsoft.Extensions.Options;

namespace FedLowRank.Gateway;

/// <summary>Where the gateway listens, and for whom. Checked by <see cref="Check"/> at the start.</summary>
public sealed record GatewayOptions
{
    /// <summary>The agent listener; port 0 takes any that is free.</summary>
    public IPEndPoint AgentEndpoint { get; init; } = new(IPAddress.Any, 7443);

    /// <summary>The admin listener; port 0 takes any that is free.</summary>
    public IPEndPoint AdminEndpoint { get; init; } = new(IPAddress.Any, 7444);

    /// <summary>
    /// Host names and IP addresses that agents and people dial, 1 to 32; they are in the server's certificate, and the
    /// first is in the addresses that are handed out.
    /// </summary>
    public IReadOnlyList<string> Names { get; init; } = ["localhost", "127.0.0.1", "::1"];

    /// <summary>Address of the agent listener as agents dial it; null for the first name and the bound port.</summary>
    public Uri? AgentAddress { get; init; }

    /// <summary>Address of the admin listener as agents and people dial it; null likewise.</summary>
    public Uri? AdminAddress { get; init; }

    /// <summary>
    /// On this machine only, and without tokens: both listeners must be loopback addresses, and whoever reaches the
    /// admin listener is its owner. Agents use mutual TLS all the same.
    /// </summary>
    public bool IsDevelopment { get; init; }

    /// <summary>People of an identity provider; null where there is none.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>What a peer may take of the server.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>Whether the options can be used.</summary>
    /// <exception cref="OptionsValidationException">They cannot; the message names field, value and limit.</exception>
    public void Check()
    {
        if (Names.Count is 0 or > 32) throw BadOptions.Error($"names has {Names.Count} entries; give 1 to 32");
        CheckAddress("agentAddress", AgentAddress);
        CheckAddress("adminAddress", AdminAddress);
        CheckListener("agentEndpoint", AgentEndpoint);
        CheckListener("adminEndpoint", AdminEndpoint);
        Oidc?.Check();
        Limits.Check();
    }

    private void CheckListener(string field, IPEndPoint endpoint)
    {
        if (!IsDevelopment || IPAddress.IsLoopback(endpoint.Address)) return;
        throw BadOptions.Error(
            $"{field} is {endpoint}; development mode asks nobody for a token and must be a loopback address");
    }

    private static void CheckAddress(string field, Uri? address)
    {
        if (address is null || (address.IsAbsoluteUri && address.Scheme == Uri.UriSchemeHttps)) return;
        throw BadOptions.Error($"{field} is '{address}'; it must be an absolute https address");
    }
}
