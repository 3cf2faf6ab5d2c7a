using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.Front;
using Microsoft.Extensions.Logging;

// The tasks are this object's own, and none of them waits for whoever waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Grains.People;

/// <summary>
/// Tells the fleet, and by it all fronts, which certificates are no longer admitted. A fleet that cannot be told has
/// lost its activation, and with the next one all fronts ask for every certificate that is in use. To be called on
/// turns of one grain.
/// </summary>
internal sealed partial class CutOffNews(IGrainFactory grains, ILogger logger)
{
    private Task told = Task.CompletedTask;

    /// <summary>Waits until all has been told that is being told now, or cannot be told.</summary>
    public async Task ToldAsync(CancellationToken cancellationToken) => await told.WaitAsync(cancellationToken);

    /// <summary>Begins to tell; does not throw.</summary>
    public void Tell(SerialNumber serial)
    {
        var telling = TellAsync(serial);
        told = told.IsCompleted ? telling : Task.WhenAll(told, telling);
    }

    private async Task TellAsync(SerialNumber serial)
    {
        try
        {
            await Retry.BrieflyAsync(() => grains.GetGrain<IFleetGrain>(0).CutOffAsync(serial), CancellationToken.None);
        }
        catch (Exception error)
        {
            NotTold(logger, serial, error);
        }
    }

    [LoggerMessage(6100, LogLevel.Error, "The fleet could not be told that certificate {Serial} is not admitted.")]
    private static partial void NotTold(ILogger logger, SerialNumber serial, Exception error);
}
