using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Service;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Agents;

/// <summary>
/// Ends the connections of certificates that are no longer admitted. Where the news of them broke off, all that are in
/// use are asked for again once it is back, so that none is missed.
/// </summary>
internal sealed partial class CutOffs(
    IFederation federation, LiveAgents live, TimeProvider time, ILogger<CutOffs> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                BrokenOff(error);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await using var serials = federation.Agents.CutOffAsync(cancellationToken)
            .GetAsyncEnumerator(cancellationToken);

        // The first step subscribes; what was cut off before it is found by asking.
        var next = serials.MoveNextAsync().AsTask();
        foreach (var certificate in live.Certificates)
        {
            if (await IsRefusedAsync(certificate, cancellationToken)) CutOff(certificate.Serial);
        }

        while (await next)
        {
            CutOff(serials.Current);
            next = serials.MoveNextAsync().AsTask();
        }
    }

    private async Task<bool> IsRefusedAsync(AgentCertificate certificate, CancellationToken cancellationToken)
    {
        try
        {
            return await federation.Agents.AdmitAsync(certificate, cancellationToken) is Outcome<Admission>.Refused;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // One that cannot be asked for must not keep the news of the others; its next request asks again.
            NotAsked(certificate.Serial.ToString(), error);
            return false;
        }
    }

    private void CutOff(SerialNumber serial)
    {
        var count = live.CutOff(serial);
        if (count > 0) Ended(count, serial.ToString());
    }

    [LoggerMessage(5010, LogLevel.Information, "Ended {Count} connections of certificate {Serial}.")]
    private partial void Ended(int count, string serial);

    [LoggerMessage(5012, LogLevel.Warning, "Whether certificate {Serial} is still admitted could not be asked.")]
    private partial void NotAsked(string serial, Exception error);

    [LoggerMessage(5011, LogLevel.Error, "The news of certificates that are cut off broke off; it is asked for again.")]
    private partial void BrokenOff(Exception error);
}
