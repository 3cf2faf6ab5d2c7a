using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// Stands in for the server's work: its result is a mixture of all that it depends on, and of nothing else.
/// </summary>
internal static class Worker
{
    public static RunEvent Do(RunEffect effect, DateTimeOffset now) => effect switch
    {
        RunEffect.AggregateShard e => new RunEvent.ShardDone(
            now, e.Round, RoundStage.Aggregating, e.Shard, Mix(0xa0 + (uint)e.Shard, e.Updates.Select(u => u.Update))),
        RunEffect.RefreshShard e => new RunEvent.ShardDone(
            now, e.Round, RoundStage.Refreshing, e.Shard, Mix(0xb0 + (uint)e.Shard, [e.Start, e.Sum])),
        RunEffect.WriteCheckpoint e => new RunEvent.CheckpointWritten(
            now, e.Round, Mix(0xc0, [e.Start, .. e.Parts])),
        RunEffect.CreateRun(var order) => new RunEvent.RunForked(now, order.Id),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static BlobHash Mix(uint kind, IEnumerable<BlobHash> inputs)
    {
        uint mixed = 2166136261;
        foreach (var input in inputs) mixed = (mixed ^ (uint)input.Low) * 16777619;
        return new(0, ((UInt128)kind << 32) + mixed);
    }
}
