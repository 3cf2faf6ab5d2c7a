using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Grains.Runs;

/// <summary>
/// What a run has gone through lately, for whoever follows it. Written by the run's actor, read by many.
/// </summary>
internal sealed class RunFeed
{
    private const int EntriesMax = 4096;

    private readonly Lock gate = new();
    private readonly Queue<byte[]> entries = [];
    private long last;
    private RunState state;
    private readonly Signal changed = new();

    /// <summary>Begins with a state.</summary>
    public RunFeed(long last, RunState state) => (this.last, this.state) = (last, state);

    private long Last
    {
        get
        {
            lock (gate) return last;
        }
    }

    /// <summary>Adds entries that have become durable.</summary>
    /// <param name="newLast">Number of the last of them.</param>
    /// <param name="next">The state after it.</param>
    /// <param name="added">The entries; where they do not follow what is here, it begins anew.</param>
    public void Add(long newLast, RunState next, IReadOnlyList<ReadOnlyMemory<byte>> added)
    {
        lock (gate)
        {
            if (newLast == last && ReferenceEquals(state, next)) return;
            if (added.Count == 0 || newLast - added.Count != last) entries.Clear();
            foreach (var entry in added) entries.Enqueue(entry.ToArray());
            while (entries.Count > EntriesMax) entries.Dequeue();
            (last, state) = (newLast, next);
        }

        changed.Pulse();
    }

    /// <summary>What somebody who knows the run up to an entry does not know.</summary>
    public RunNews Since(long known)
    {
        RunState whole;
        long number;
        lock (gate)
        {
            var missing = last - known;
            if (known > 0 && missing >= 0 && missing <= entries.Count)
                return new(last, null, [.. entries.Skip(entries.Count - (int)missing)]);
            (whole, number) = (state, last);
        }

        return new(number, RunJson.Write(whole), []);
    }

    /// <summary>Completes when there is more than an entry, or after a time.</summary>
    public Task WaitAsync(long known, TimeSpan most) => changed.WaitAsync(() => Last > known, most);
}
