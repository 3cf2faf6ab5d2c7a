using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>A run in the journal of a cluster: put there, and followed by what the cluster writes of it.</summary>
internal static class JournalledRun
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Puts a run there, as if it had been made and had come as far as its state says.</summary>
    public static async Task AddAsync(IJournal journal, RunState state)
    {
        var result = await journal.AppendAsync(NameOf(state), 0, [RunJson.Write(state)]);
        if (result is not AppendResult.Appended) throw new InvalidOperationException($"there is a run {state.Id}");
    }

    /// <summary>The only round of a run, once it is completed.</summary>
    /// <param name="journal">Where it is.</param>
    /// <param name="first">The state that was put there.</param>
    /// <param name="patience">Longest that it may take.</param>
    public static async Task<RoundReport> FollowAsync(IJournal journal, RunState first, TimeSpan patience)
    {
        using var impatience = new CancellationTokenSource(patience);
        var (state, next) = (first, 2L);
        while (state.Status is RunStatus.InRound)
        {
            await Task.Delay(Pause, impatience.Token);
            await foreach (var entry in journal.ReadAsync(NameOf(first), next, impatience.Token))
            {
                state = RunMachine.Apply(state, RunJson.ReadEvent(entry.Payload.Span)).State;
                next = entry.Number + 1;
            }
        }

        return state.Status is RunStatus.Completed
            ? state.History[0]
            : throw new InvalidOperationException($"run {state.Id} is {state.Status}");
    }

    private static StreamName NameOf(RunState state) => new(RunActor.Prefix + state.Id);
}
