using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>The server's work, with something before each piece of it.</summary>
public sealed class HeldWork(IRoundWork work) : IRoundWork
{
    /// <summary>Runs before a piece of work of a stage; may wait, or throw.</summary>
    public Func<RoundStage, CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs after a checkpoint that is to be gone on from was looked at.</summary>
    public Func<Task>? AfterCheck { get; set; }

    public async Task<BlobHash> AggregateAsync(
        RunPlan plan, RunEffect.AggregateShard order, BlobHash start, CancellationToken cancellationToken = default)
    {
        await BeginAsync(RoundStage.Aggregating, cancellationToken);
        return await work.AggregateAsync(plan, order, start, cancellationToken);
    }

    public async Task<BlobHash> RefreshAsync(
        RunPlan plan, RunEffect.RefreshShard order, CancellationToken cancellationToken = default)
    {
        await BeginAsync(RoundStage.Refreshing, cancellationToken);
        return await work.RefreshAsync(plan, order, cancellationToken);
    }

    public async Task<BlobHash> WriteCheckpointAsync(
        RunId run, RunPlan plan, RunEffect.WriteCheckpoint order, CancellationToken cancellationToken = default)
    {
        await BeginAsync(RoundStage.Checkpointing, cancellationToken);
        return await work.WriteCheckpointAsync(run, plan, order, cancellationToken);
    }

    public async Task<BlobHash> WriteStartAsync(
        RunId run, RunPlan plan, BlobHash adapter, CancellationToken cancellationToken = default)
    {
        var start = await work.WriteStartAsync(run, plan, adapter, cancellationToken);
        await CheckedAsync();
        return start;
    }

    public async Task<IReadOnlyList<string>> CheckStartAsync(
        RunPlan plan, BlobHash checkpoint, int round, CancellationToken cancellationToken = default)
    {
        var problems = await work.CheckStartAsync(plan, checkpoint, round, cancellationToken);
        await CheckedAsync();
        return problems;
    }

    private Task BeginAsync(RoundStage stage, CancellationToken cancellationToken) =>
        Before?.Invoke(stage, cancellationToken) ?? Task.CompletedTask;

    private Task CheckedAsync() => AfterCheck?.Invoke() ?? Task.CompletedTask;
}
