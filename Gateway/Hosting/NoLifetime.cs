using Microsoft.Extensions.Hosting;

namespace FedLowRank.Gateway.Hosting;

/// <summary>The process that hosts the gateway says when it stops; the gateway itself listens to no signal.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
