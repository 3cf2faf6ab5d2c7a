using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Grains.Faults;
using Microsoft.Extensions.Logging;

// The loop is this object's own and waits for nobody who waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Grains.People;

/// <summary>
/// Does something now and then while a grain is active, on the grain's turns, by the clock of the rules. Unlike a call
/// it does not keep the grain active.
/// </summary>
internal sealed class Chore : IAsyncDisposable
{
    private readonly IGrainContext grain;
    private readonly string name;
    private readonly Func<Task> work;
    private readonly ILogger logger;
    private readonly PeriodicTimer timer;
    private readonly Task loop;

    /// <summary>Begins; to be called on a turn of the grain.</summary>
    /// <param name="grain">Ends where the work finds that another activation has written its stream.</param>
    /// <param name="name">For the log.</param>
    /// <param name="every">How long to wait before each time.</param>
    /// <param name="time">The clock of the rules.</param>
    /// <param name="work">What to do. A fault is logged, and the next time comes.</param>
    /// <param name="logger">Hears of faults.</param>
    public Chore(
        IGrainContext grain, string name, TimeSpan every, TimeProvider time, Func<Task> work, ILogger logger)
    {
        (this.grain, this.name, this.work, this.logger) = (grain, name, work, logger);
        timer = new(every, time);
        loop = LoopAsync();
    }

    /// <summary>Waits for what is in progress and does no more.</summary>
    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await loop;
    }

    private async Task LoopAsync()
    {
        while (await timer.WaitForNextTickAsync())
        {
            try
            {
                await work();
            }
            catch (StreamConflictException error)
            {
                ActivationLostFilter.End(grain, error);
            }
            catch (Exception error)
            {
                HostLog.ChoreFailed(logger, name, error);
            }
        }
    }
}
