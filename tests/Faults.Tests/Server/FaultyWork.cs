using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Federation.Work;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>The server's work on a round with a fault point before and after each piece.</summary>
internal sealed class FaultyWork(IRoundWork work) : IRoundWork
{
    public Task<BlobHash> AggregateAsync(
        RunPlan plan, RunEffect.AggregateShard order, BlobHash start, CancellationToken cancellationToken = default) =>
        AroundAsync("aggregate", () => work.AggregateAsync(plan, order, start, cancellationToken), cancellationToken);

    public Task<BlobHash> RefreshAsync(
        RunPlan plan, RunEffect.RefreshShard order, CancellationToken cancellationToken = default) =>
        AroundAsync("refresh", () => work.RefreshAsync(plan, order, cancellationToken), cancellationToken);

    public Task<BlobHash> WriteCheckpointAsync(
        RunId run, RunPlan plan, RunEffect.WriteCheckpoint order, CancellationToken cancellationToken = default) =>
        AroundAsync(
            "checkpoint", () => work.WriteCheckpointAsync(run, plan, order, cancellationToken), cancellationToken);

    public Task<BlobHash> WriteStartAsync(
        RunId run, RunPlan plan, BlobHash adapter, CancellationToken cancellationToken = default) =>
        work.WriteStartAsync(run, plan, adapter, cancellationToken);

    public Task<IReadOnlyList<string>> CheckStartAsync(
        RunPlan plan, BlobHash checkpoint, int round, CancellationToken cancellationToken = default) =>
        work.CheckStartAsync(plan, checkpoint, round, cancellationToken);

    private static async Task<BlobHash> AroundAsync(
        string what, Func<Task<BlobHash>> work, CancellationToken cancellationToken)
    {
        await FaultPoint.ReachAsync($"before-{what}", cancellationToken);
        var result = await work();
        await FaultPoint.ReachAsync($"after-{what}", cancellationToken);
        return result;
    }
}
