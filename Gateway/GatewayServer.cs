using System.Net;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedLowRank.Gateway;

/// <summary>
/// The two listeners of a federation's server, started. A process may hold several, beside whatever else it hosts:
/// signals, settings files and environment variables are left to it.
/// </summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private GatewayServer(WebApplication application) => this.application = application;

    /// <summary>Base address of the agent listener, as agents dial it.</summary>
    public Uri AgentAddress => Addresses.Agent;

    /// <summary>Base address of the admin listener, as agents and people dial it.</summary>
    public Uri AdminAddress => Addresses.Admin;

    /// <summary>Where the agent listener is bound.</summary>
    public IPEndPoint AgentEndpoint => Addresses.AgentEndpoint;

    /// <summary>Where the admin listener is bound.</summary>
    public IPEndPoint AdminEndpoint => Addresses.AdminEndpoint;

    /// <summary>What serves the requests, for tests.</summary>
    internal IServiceProvider Services => application.Services;

    private BoundAddresses Addresses => application.Services.GetRequiredService<BoundAddresses>();

    /// <summary>Starts both listeners.</summary>
    /// <param name="options">Where and for whom.</param>
    /// <param name="parts">What is served.</param>
    /// <param name="cancellationToken">Stops the starting.</param>
    /// <exception cref="OptionsValidationException">The options cannot be used.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<GatewayServer> StartAsync(
        GatewayOptions options, GatewayParts parts, CancellationToken cancellationToken = default)
    {
        options.Check();
        var built = GatewayApplication.Build(options, parts);
        try
        {
            await built.StartAsync(cancellationToken);
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }

        return new(built);
    }

    /// <summary>
    /// Takes no more connections, ends the streams of events, and waits for other requests, at most
    /// <see cref="GatewayLimits.StopTimeout"/>.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => application.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();
}
