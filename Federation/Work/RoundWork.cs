using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>The server's work on what lies in a blob store; see <see cref="IRoundWork"/>.</summary>
/// <remarks>
/// In memory are one shard's sums, or its factors before and after; neither grows with the number of updates. Every
/// blob that reaches a result is checked against its hash. Calls may run at once, of one shard too.
/// </remarks>
/// <param name="blobs">Inputs are read from here and results stored here.</param>
public sealed class RoundWork(IBlobStore blobs) : IRoundWork
{
    private readonly CheckpointReader reader = new(blobs);

    /// <inheritdoc/>
    public Task<BlobHash> AggregateAsync(
        RunPlan plan, RunEffect.AggregateShard order, BlobHash start, CancellationToken cancellationToken = default) =>
        RunAsync(async () =>
        {
            var shard = ShardOf(plan, order.Shard);
            if (order.Updates.Count == 0) throw new WorkException($"there are no updates of round {order.Round}");
            var manifest = await reader.ReadManifestAsync(start, cancellationToken);
            try
            {
                return await SumAsync(plan, order, shard, manifest, cancellationToken);
            }
            catch (Exception error) when (IsOfInput(error))
            {
                // The fault may lie in the start, whose headers were not checked before.
                await reader.CheckPartsAsync(manifest, cancellationToken);
                throw;
            }
        });

    /// <inheritdoc/>
    public Task<BlobHash> RefreshAsync(
        RunPlan plan, RunEffect.RefreshShard order, CancellationToken cancellationToken = default) =>
        RunAsync(async () =>
        {
            var shard = ShardOf(plan, order.Shard);
            var manifest = await reader.ReadManifestAsync(order.Start, cancellationToken);
            var before = await reader.ReadAdapterAsync(manifest, shard.Layers, cancellationToken);
            var method = plan.Round.CreateMethod();

            // Methods count rounds from 0.
            var round = order.Round.Number - 1;
            var updates = await ReadSumAsync(order.Sum, method.Trainables(before, round), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            var after = method.Advance(before, round, updates);
            return await blobs.PutAsync(
                AdapterFile.SizeBytes(after), target => AdapterFile.Write(after, target), cancellationToken);
        });

    /// <inheritdoc/>
    public Task<BlobHash> WriteCheckpointAsync(
        RunId run, RunPlan plan, RunEffect.WriteCheckpoint order, CancellationToken cancellationToken = default) =>
        RunAsync(async () =>
        {
            if (order.Parts.Count != plan.Shards.Count)
                throw new WorkException($"{order.Parts.Count} parts of {plan.Shards.Count} shards");
            var start = await reader.ReadManifestAsync(order.Start, cancellationToken);
            var shape = await reader.CheckPartsAsync(start, cancellationToken);
            var sharded = plan.Shards.SelectMany(shard => shard.Layers).ToHashSet(StringComparer.Ordinal);
            if (shape.Names().FirstOrDefault(name => !sharded.Contains(name)) is { } lost)
                throw new WorkException($"{lost} of the start is in no shard");
            foreach (var (shard, part) in plan.Shards.Zip(order.Parts))
            {
                if (await reader.CheckPartAsync(part, cancellationToken) != PartOf(shape, shard))
                    throw new WorkException($"adapter {part} is not the part of shard {shard.Name}");
            }

            return await PutAsync(
                new(run, order.Round, order.Start, plan, order.Updates, order.Parts), cancellationToken);
        });

    /// <inheritdoc/>
    public Task<BlobHash> WriteStartAsync(
        RunId run, RunPlan plan, BlobHash adapter, CancellationToken cancellationToken = default) =>
        RunAsync(async () =>
        {
            var manifest = new CheckpointManifest(run, Round: null, Start: null, plan, Updates: [], Parts: [adapter]);
            var problems = await StartCheck.ProblemsAsync(plan, manifest, 0, reader, cancellationToken);
            return problems.Count == 0
                ? await PutAsync(manifest, cancellationToken)
                : throw new WorkException(
                    $"adapter {adapter} does not suit the plan of {run}: {string.Join("; ", problems)}");
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> CheckStartAsync(
        RunPlan plan, BlobHash checkpoint, int round, CancellationToken cancellationToken = default) =>
        RunAsync(async () => await StartCheck.ProblemsAsync(
            plan, await reader.ReadManifestAsync(checkpoint, cancellationToken), round, reader, cancellationToken));

    private async Task<BlobHash> PutAsync(CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(ManifestJson.Write(manifest));
        return (await blobs.PutAsync(content, cancellationToken)).Hash;
    }

    /// <remarks>
    /// Of the start only the headers are read, which costs little however many shards there are. What a sum takes from
    /// them is the form of the updates, and the header of each update, which is checked against its hash, must be of
    /// that form byte for byte. Whether the start is whole, the refresh of each shard and the checkpoint find out.
    /// </remarks>
    private async Task<BlobHash> SumAsync(
        RunPlan plan, RunEffect.AggregateShard order, LayerShard shard, CheckpointManifest start,
        CancellationToken cancellationToken)
    {
        var shape = await reader.ReadShapeAsync(start, cancellationToken);
        var sum = new ShardSum(
            UpdateForm.Of(plan.Round, order.Round.Number, shape),
            UpdateForm.Of(plan.Round, order.Round.Number, PartOf(shape, shard)));
        await sum.AddAsync(blobs, order.Updates, cancellationToken);
        return await blobs.PutAsync(sum.FileBytes, sum.Write, cancellationToken);
    }

    private async Task<RoundUpdates> ReadSumAsync(
        BlobHash sum, TensorLayout layout, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = await blobs.OpenVerifiedAsync(sum, cancellationToken);
            return await ShardSum.ReadAsync(file, layout, cancellationToken);
        }
        catch (Exception error) when (
            error is BlobException or CheckpointException or SafetensorsException or IOException)
        {
            throw new WorkException($"sum {sum} cannot be read: {error.Message}", error);
        }
    }

    private static LayerShard ShardOf(RunPlan plan, int shard) => (uint)shard < (uint)plan.Shards.Count
        ? plan.Shards[shard]
        : throw new WorkException(string.Create(
            CultureInfo.InvariantCulture, $"shard {shard} of a plan with {plan.Shards.Count} shards"));

    private static AdapterShape PartOf(AdapterShape shape, LayerShard shard)
    {
        var part = shape.Part(shard.Layers);
        var names = part.Names().ToHashSet(StringComparer.Ordinal);
        return shard.Layers.FirstOrDefault(layer => !names.Contains(layer)) is { } missing
            ? throw new WorkException($"shard {shard.Name} names {missing}, which the start does not have")
            : part;
    }

    /// <summary>
    /// Runs work beside the caller, as much of it computes without ever waiting, and makes every fault of an input a
    /// <see cref="WorkException"/>.
    /// </summary>
    private static async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await Task.Run(work);
        }
        catch (Exception error) when (IsOfInput(error) && error is not WorkException)
        {
            throw new WorkException(error.Message, error);
        }
    }

    private static bool IsOfInput(Exception error) => error is WorkException or CheckpointException or BlobException
        or SafetensorsException or ArgumentException or IOException;
}
