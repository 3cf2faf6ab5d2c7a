using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Stands in for the server's work: what it stores names all that it depends on, so that equal hashes mean equal work.
/// </summary>
public sealed class TestWork(IBlobStore blobs) : IRoundWork
{
    /// <summary>An adapter that suits no plan.</summary>
    public const string BadStart = "bad";

    /// <summary>Runs before a piece of work of a stage; may wait, or throw.</summary>
    public Func<RoundStage, CancellationToken, Task>? Before { get; set; }

    public async Task<BlobHash> AggregateAsync(
        RunPlan plan, RunEffect.AggregateShard order, BlobHash start, CancellationToken cancellationToken = default)
    {
        await BeginAsync(RoundStage.Aggregating, cancellationToken);
        var updates = order.Updates.Select(update => $"{update.Agent} {update.Update} {update.Weight}");
        return await StoreAsync($"sum {order.Round} {order.Shard} {start}\n{string.Join('\n', updates)}");
    }

    public async Task<BlobHash> RefreshAsync(
        RunPlan plan, RunEffect.RefreshShard order, CancellationToken cancellationToken = default)
    {
        await BeginAsync(RoundStage.Refreshing, cancellationToken);
        return await StoreAsync($"part {order.Round} {order.Shard} {order.Start} {order.Sum}");
    }

    public async Task<BlobHash> WriteCheckpointAsync(
        RunId run, RunPlan plan, RunEffect.WriteCheckpoint order, CancellationToken cancellationToken = default)
    {
        await BeginAsync(RoundStage.Checkpointing, cancellationToken);
        return await StoreAsync($"manifest {run} {order.Round} {order.Start} {string.Join(' ', order.Parts)}");
    }

    public async Task<BlobHash> WriteStartAsync(
        RunId run, RunPlan plan, BlobHash adapter, CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(await blobs.OpenReadAsync(adapter, null, cancellationToken));
        return await reader.ReadToEndAsync(cancellationToken) == BadStart
            ? throw new WorkException("layer.9 is not in the plan")
            : await StoreAsync($"start {run} {adapter}");
    }

    private Task BeginAsync(RoundStage stage, CancellationToken cancellationToken) =>
        Before?.Invoke(stage, cancellationToken) ?? Task.CompletedTask;

    private async Task<BlobHash> StoreAsync(string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return (await blobs.PutAsync(content)).Hash;
    }
}
