using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FedLowRank.Gateway.Hosting;

/// <summary>Where the listeners are bound, once they are, and how they are called from outside.</summary>
internal sealed class BoundAddresses(GatewayOptions options)
{
    private ListenOptions? agent;
    private ListenOptions? admin;

    public IPEndPoint AgentEndpoint => Bound(agent);

    public IPEndPoint AdminEndpoint => Bound(admin);

    public Uri Agent => options.AgentAddress ?? Named(AgentEndpoint);

    public Uri Admin => options.AdminAddress ?? Named(AdminEndpoint);

    public void Watch(ListenOptions agentListener, ListenOptions adminListener) =>
        (agent, admin) = (agentListener, adminListener);

    // Kestrel puts the port that it was given in the place of 0.
    private static IPEndPoint Bound(ListenOptions? listener) =>
        listener?.IPEndPoint ?? throw new InvalidOperationException("the listeners are not bound yet");

    private Uri Named(IPEndPoint endpoint)
    {
        var name = options.Names[0];
        var host = IPAddress.TryParse(name, out var address) && address.GetAddressBytes().Length > 4
            ? $"[{name}]"
            : name;
        return new($"https://{host}:{endpoint.Port}");
    }
}
