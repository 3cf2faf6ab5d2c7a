using Microsoft.Extensions.Hosting;

namespace FedLowRank.Silo.Running;

/// <summary>The command says when to stop; the hosts within it listen to no signal.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
