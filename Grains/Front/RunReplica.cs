using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Grains.Runs;

namespace FedLowRank.Grains.Front;

/// <summary>A run as a front knows it, kept up by the run's own events.</summary>
internal sealed class RunReplica
{
    private readonly Lock gate = new();
    private long number;
    private RunState? state;

    /// <summary>Number of the last entry that is known, 0 for none, and the state after it.</summary>
    public (long Number, RunState? State) Latest
    {
        get
        {
            lock (gate) return (number, state);
        }
    }

    /// <summary>Takes news that were asked for with a number that was known then; older ones change nothing.</summary>
    /// <returns>The latest state that is known.</returns>
    public RunState Take(RunNews news)
    {
        lock (gate)
        {
            if (news.Number <= number && state is not null) return state;
            if (news.State is { } whole)
            {
                state = RunJson.ReadState(whole);
            }
            else
            {
                var first = news.Number - news.Entries.Length;
                foreach (var entry in news.Entries.Skip((int)(number - first)))
                    state = RunMachine.Apply(state!, RunJson.ReadEvent(entry)).State;
            }

            number = news.Number;
            return state!;
        }
    }
}
