using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Stands in for the server's work: what it stores names all that it depends on, so that equal hashes mean equal work.
/// </summary>
internal sealed class NamedWork(IBlobStore blobs) : IRoundWork
{
    public Task<BlobHash> AggregateAsync(
        RunPlan plan, RunEffect.AggregateShard order, BlobHash start, CancellationToken cancellationToken = default)
    {
        var updates = order.Updates.Select(update => $"{update.Agent} {update.Update} {update.Weight}");
        return StoreAsync($"sum {order.Round} {order.Shard} {start}\n{string.Join('\n', updates)}");
    }

    public Task<BlobHash> RefreshAsync(
        RunPlan plan, RunEffect.RefreshShard order, CancellationToken cancellationToken = default) =>
        StoreAsync($"part {order.Round} {order.Shard} {order.Start} {order.Sum}");

    public Task<BlobHash> WriteCheckpointAsync(
        RunId run, RunPlan plan, RunEffect.WriteCheckpoint order, CancellationToken cancellationToken = default) =>
        StoreAsync($"manifest {run} {order.Round} {order.Start} {string.Join(' ', order.Parts)}");

    public async Task<BlobHash> WriteStartAsync(
        RunId run, RunPlan plan, BlobHash adapter, CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(await blobs.OpenReadAsync(adapter, null, cancellationToken));
        var text = await reader.ReadToEndAsync(cancellationToken);
        return text.Contains(FederationWorld.BadLayer, StringComparison.Ordinal)
            ? throw new WorkException($"{FederationWorld.BadLayer} is not in the plan")
            : await StoreAsync($"start {run} {adapter}");
    }

    public Task<IReadOnlyList<string>> CheckStartAsync(
        RunPlan plan, BlobHash checkpoint, int round, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    private async Task<BlobHash> StoreAsync(string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return (await blobs.PutAsync(content)).Hash;
    }
}
