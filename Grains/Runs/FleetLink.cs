using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.Front;

namespace FedLowRank.Grains.Runs;

/// <summary>
/// Tells the fleet whether a run is under way; what was said last arrives, and nothing older after it.
/// </summary>
internal sealed class FleetLink(RunId run, IGrainFactory grains, CancellationToken stopping)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private Func<IFleetGrain, Task>? next;
    private bool isSending;

    /// <summary>The run is under way, and believes these agents to listen.</summary>
    public void Began(IReadOnlyList<AgentId> believed) => Say(fleet => fleet.BeganAsync(run, [.. believed]));

    /// <summary>The run is not under way any more.</summary>
    public void Ended() => Say(fleet => fleet.EndedAsync(run));

    private void Say(Func<IFleetGrain, Task> word)
    {
        lock (gate)
        {
            next = word;
            if (isSending) return;
            isSending = true;
        }

        _ = Task.Run(SendAsync, CancellationToken.None);
    }

    private async Task SendAsync()
    {
        while (Next() is { } word)
        {
            try
            {
                await word(grains.GetGrain<IFleetGrain>(0)).SoonAsync();
            }
            catch (Exception)
            {
                // The fleet's silo has died, or this one is cut off: it is said until it is heard.
                await Task.Delay(Pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                lock (gate) next ??= word;
            }
        }
    }

    private Func<IFleetGrain, Task>? Next()
    {
        lock (gate)
        {
            var word = stopping.IsCancellationRequested ? null : next;
            next = null;
            isSending = word is not null;
            return word;
        }
    }
}
