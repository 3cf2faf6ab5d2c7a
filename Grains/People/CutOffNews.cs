using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.Front;
using Microsoft.Extensions.Logging;

// The tasks are this object's own, and none of them waits for whoever waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Grains.People;

/// <summary>
/// Tells the fleet, and by it all fronts, which certificates are no longer admitted, until it has heard. To be called
/// on turns of one grain.
/// </summary>
internal sealed partial class CutOffNews(IGrainFactory grains, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private Task told = Task.CompletedTask;

    /// <summary>Waits, but not for long, until all has been told that is being told now.</summary>
    public Task ToldAsync(CancellationToken cancellationToken) =>
        Task.WhenAny(told, Task.Delay(Patience, cancellationToken));

    /// <summary>Begins to tell; does not throw.</summary>
    public void Tell(SerialNumber serial)
    {
        var telling = TellAsync(serial);
        told = told.IsCompleted ? telling : Task.WhenAll(told, telling);
    }

    private async Task TellAsync(SerialNumber serial)
    {
        while (true)
        {
            try
            {
                await Retry.BrieflyAsync(
                    () => grains.GetGrain<IFleetGrain>(0).CutOffAsync(serial), CancellationToken.None);
                return;
            }
            catch (JournalException error)
            {
                NotTold(logger, serial, error);
            }
            catch (Exception error)
            {
                NotTold(logger, serial, error);
                return;
            }
        }
    }

    [LoggerMessage(6100, LogLevel.Error, "The fleet could not be told that certificate {Serial} is not admitted.")]
    private static partial void NotTold(ILogger logger, SerialNumber serial, Exception error);
}
