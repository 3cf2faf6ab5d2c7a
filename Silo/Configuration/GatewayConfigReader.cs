using System.Net;
using FedLowRank.Federation.Configuration;
using FedLowRank.Gateway;
using FedLowRank.Gateway.Access;
using Microsoft.Extensions.Options;

namespace FedLowRank.Silo.Configuration;

/// <summary>Reads what the role gateway serves; faults are added to the object.</summary>
/// <param name="root">The whole file.</param>
/// <param name="fullPath">Gives a path of the file in full.</param>
internal sealed class GatewayConfigReader(ConfigObject root, Func<string, string> fullPath)
{
    /// <summary>The fields that belong to the role.</summary>
    public static readonly string[] Fields =
        ["agents", "admin", "names", "agentAddress", "adminAddress", "oidc", "ownerProfile"];

    private static readonly string[] Here = ["localhost", "127.0.0.1", "::1"];

    /// <param name="drain">For requests in progress when it stops.</param>
    public GatewayOptions Read(TimeSpan drain)
    {
        var agents = root.Endpoint("agents") ?? new(IPAddress.Any, 8443);
        var admin = root.Endpoint("admin") ?? new(IPAddress.Loopback, 8444);
        var options = new GatewayOptions
        {
            AgentEndpoint = agents,
            AdminEndpoint = admin,
            Names = ReadNames(agents),
            AgentAddress = ReadAddress("agentAddress"),

            // Whoever is told the first name where only this machine is served would dial in vain.
            AdminAddress = ReadAddress("adminAddress") ??
                (IPAddress.IsLoopback(admin.Address) && admin.Port != 0 ? new Uri($"https://{admin}") : null),
            Oidc = root.OptionalObject("oidc") is { } oidc ? OidcConfig.Read(oidc, fullPath) : null,
            Limits = new() { StopTimeout = drain > TimeSpan.Zero ? drain : TimeSpan.FromMilliseconds(1) },
        };
        try
        {
            if (!root.HasFaults) options.Check();
        }
        catch (Exception error) when (error is ArgumentException or OptionsValidationException)
        {
            root.Fail("gateway", error.Message);
        }

        return options;
    }

    private string[] ReadNames(IPEndPoint agents)
    {
        if (root.Has("names")) return [.. root.Texts("names").Concat(Here).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (!IPAddress.IsLoopback(agents.Address))
            root.Fail("names", "is missing; expected the host names and addresses that agents and people dial");
        return Here;
    }

    private Uri? ReadAddress(string name)
    {
        if (root.OptionalText(name) is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps)
            return address;
        root.Fail(name, $"is \"{text}\"; expected for example https://fed.example.org:8443");
        return null;
    }
}
