using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>
/// What one connected agent is to be told. Of each run the latest alone is kept, so that a slow agent holds no more
/// than one order of each run.
/// </summary>
internal sealed class OrderStream(AgentRole role)
{
    private readonly Dictionary<RunId, Assignment> latest = [];

    // Each run at most once: it is in here exactly while it is in the dictionary.
    private readonly Channel<RunId> changed = Channel.CreateUnbounded<RunId>(new() { SingleReader = true });

    /// <summary>What the agent is for.</summary>
    public AgentRole Role => role;

    /// <summary>Replaces what the agent has not read yet of the run.</summary>
    public void Tell(RunId run, Assignment assignment)
    {
        lock (latest)
        {
            if (latest.TryAdd(run, assignment)) changed.Writer.TryWrite(run);
            else latest[run] = assignment;
        }
    }

    /// <summary>Nothing more comes.</summary>
    public void End() => changed.Writer.TryComplete();

    /// <summary>What is told, for one reader.</summary>
    public async IAsyncEnumerable<AgentOrder> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var run in changed.Reader.ReadAllAsync(cancellationToken)) yield return new(run, Take(run));
    }

    private Assignment Take(RunId run)
    {
        lock (latest)
        {
            latest.Remove(run, out var assignment);
            return assignment!;
        }
    }
}
