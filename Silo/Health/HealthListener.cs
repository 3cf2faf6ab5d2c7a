using System.Net;
using FedLowRank.Silo.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Silo.Health;

/// <summary>
/// Says by plain HTTP how the process is: <c>/health/live</c> is 200 while it runs, <c>/health/ready</c> is 200 while
/// it takes work and else 503 with the reason.
/// </summary>
internal sealed class HealthListener : IAsyncDisposable
{
    private readonly WebApplication application;

    private HealthListener(WebApplication application) => this.application = application;

    /// <summary>Base address, with the port that is really bound.</summary>
    public Uri Address => new(
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Starts it.</summary>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<HealthListener> StartAsync(
        IPEndPoint endpoint, Readiness readiness, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logging).AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSingleton<IHostLifetime, NoLifetime>().AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseSockets().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = 100;
            kestrel.Listen(endpoint);
        });
        var built = builder.Build();
        built.UseRouting();
        built.MapGet("/health/live", () => Results.Text("live\n"));
        built.MapGet("/health/ready", () => readiness.Missing is { } missing
            ? Results.Text($"{missing}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ready\n"));
        try
        {
            await built.StartAsync(cancellationToken);
            return new(built);
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();
}
