using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Grains.Front;
using FedLowRank.Grains.Runs;

namespace FedLowRank.Grains.Fleet;

/// <summary>
/// Comings and goings on their way to one run, in order and until they have arrived. For one grain's turns.
/// </summary>
/// <param name="fleet">Activation of the fleet that sends.</param>
/// <param name="run">Who is to hear it.</param>
/// <param name="pause">Before it is tried again.</param>
internal sealed class RunQueue(Guid fleet, IRunGrain run, TimeSpan pause)
{
    private const int BatchMax = 1000;

    private readonly Queue<RunEvent> waiting = [];
    private bool isSending;
    private bool isStopped;

    /// <summary>Adds one more.</summary>
    public void Send(RunEvent coming)
    {
        waiting.Enqueue(coming);
        if (isSending) return;
        isSending = true;
        SendAllAsync().Ignore();
    }

    /// <summary>The run hears no more.</summary>
    public void Stop() => isStopped = true;

    private async Task SendAllAsync()
    {
        // Let what comes in the same turn travel together.
        await Task.Yield();
        while (waiting.Count > 0 && !isStopped)
        {
            var batch = waiting.Take(BatchMax).ToArray();
            try
            {
                if (await run.HearAsync(fleet, batch).SoonAsync())
                {
                    for (var i = 0; i < batch.Length; i++) waiting.Dequeue();
                }
                else
                {
                    // The run may know an older fleet, which is leaving; only one of the two is heard in the end.
                    await Task.Delay(pause);
                }
            }
            catch (Exception)
            {
                // Its silo has died: its next activation hears it, twice perhaps, which does no harm.
                await Task.Delay(pause);
            }
        }

        isSending = false;
    }
}
