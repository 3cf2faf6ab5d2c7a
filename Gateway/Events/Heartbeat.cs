using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;

namespace FedLowRank.Gateway.Events;

/// <summary>One clock for all streams of events, so that a waiting stream costs no timer of its own.</summary>
internal sealed class Heartbeat(GatewayOptions options, TimeProvider time) : BackgroundService
{
    private volatile TaskCompletionSource next = Create();

    /// <summary>Ends at the next beat.</summary>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "Nobody waits for it but beside work of their own.")]
    public Task Next => next.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Limits.HeartbeatPeriod, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Interlocked.Exchange(ref next, Create()).SetResult();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The streams end by the same token.
        }
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
