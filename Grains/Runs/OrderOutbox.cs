using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Grains.Agents;
using FedLowRank.Grains.Front;

namespace FedLowRank.Grains.Runs;

/// <summary>
/// What a run has to tell its agents: of each the latest alone, and that until it has arrived. Where an agent's silo
/// has died, its next grain is told.
/// </summary>
internal sealed class OrderOutbox(RunId run, IGrainFactory grains, CancellationToken stopping)
{
    private const int AtOnceMax = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<AgentId, Word> waiting = [];
    private readonly Queue<AgentId> turn = [];
    private int senders;
    private long words;

    /// <summary>Replaces what is still to be told to an agent.</summary>
    /// <param name="agent">To whom.</param>
    /// <param name="entry">Number of the run's last entry.</param>
    /// <param name="assignment">What it is to do.</param>
    public void Tell(AgentId agent, long entry, Assignment assignment)
    {
        lock (gate)
        {
            var word = new Word(new(entry, ++words), assignment);
            if (waiting.TryAdd(agent, word)) turn.Enqueue(agent);
            else waiting[agent] = word;
            if (senders == AtOnceMax) return;
            senders++;
        }

        _ = Task.Run(SendAsync, CancellationToken.None);
    }

    private async Task SendAsync()
    {
        while (Next() is var (agent, word))
        {
            try
            {
                await grains.GetGrain<IAgentGrain>(agent.Value)
                    .TellAsync(run, word.Stamp, word.Assignment).SoonAsync();
            }
            catch (Exception)
            {
                // Whatever it was: the word must arrive, unless a later one takes its place.
                await Task.Delay(Pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Again(agent, word);
            }
        }
    }

    private (AgentId Agent, Word Word)? Next()
    {
        lock (gate)
        {
            if (stopping.IsCancellationRequested || !turn.TryDequeue(out var agent))
            {
                senders--;
                return null;
            }

            waiting.Remove(agent, out var word);
            return (agent, word!);
        }
    }

    private void Again(AgentId agent, Word word)
    {
        lock (gate)
        {
            if (waiting.TryAdd(agent, word)) turn.Enqueue(agent);
        }
    }

    private sealed record Word(OrderStamp Stamp, Assignment Assignment);
}
