using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>
/// The exact sum of one shard's tensors over the updates of a round, and the file of their mean: safetensors in F64,
/// the tensors in the order of the shard, with the total weight in the metadata.
/// </summary>
/// <remarks>In memory are the sums and one tensor of one update, however many updates there are.</remarks>
internal sealed class ShardSum
{
    private const string MetadataKey = "fedlowrank.sum";

    // Tensors are small, as a rule, and every read of a file takes its time.
    private const int BufferBytes = 80 << 10;

    private readonly UpdateForm whole;
    private readonly TensorLayout layout;
    private readonly Dictionary<string, ExactSum> sums;
    private readonly float[] values;
    private long totalWeight;

    /// <summary>Begins with nothing.</summary>
    /// <param name="whole">Form of the updates.</param>
    /// <param name="part">Form that an update of the shard alone would have.</param>
    public ShardSum(UpdateForm whole, UpdateForm part)
    {
        (this.whole, layout) = (whole, part.Grid.Layout);
        sums = Enumerable.Range(0, layout.Tensors.Length).ToDictionary(
            t => layout.Tensors[t].Name, t => new ExactSum(part.Grid.Part(t, 1)), StringComparer.Ordinal);
        values = new float[layout.Tensors.Select(spec => spec.Count).DefaultIfEmpty().Max()];
    }

    /// <summary>Size of the file.</summary>
    public long FileBytes => Header.FileBytes;

    private SafetensorsHeader Header => MasterTensors.Header(
        layout, MetadataKey, totalWeight.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds an update, whose bytes and values are checked. After a fault the sum is of no use.</summary>
    /// <exception cref="WorkException">It is missing, damaged or not on the grid.</exception>
    public async Task AddAsync(IBlobStore blobs, FrozenUpdate update, CancellationToken cancellationToken)
    {
        try
        {
            await using var blob = await blobs.OpenVerifiedAsync(update.Update, cancellationToken);
            await using var file = new BufferedStream(blob, BufferBytes);
            if (!await whole.IsHeaderOfAsync(file, cancellationToken))
                throw new WorkException("its header is not that of the round's updates");
            await foreach (var block in SafetensorsReader.ReadFileAsync(file, whole.Header, cancellationToken))
            {
                if (sums.TryGetValue(block.Tensor.Name, out var sum)) Add(sum, block, update.Weight);
            }
        }
        catch (Exception error) when (
            error is WorkException or BlobException or SafetensorsException or IOException)
        {
            throw new WorkException($"update {update.Update} of {update.Agent}: {error.Message}", error);
        }

        totalWeight += update.Weight;
    }

    /// <summary>Writes the file; the same updates give the same bytes.</summary>
    public void Write(Stream target)
    {
        var writer = new SafetensorsWriter(target, Header);
        foreach (var spec in layout.Tensors) writer.Write<double>(spec.Name, sums[spec.Name].Mean());
        writer.Complete();
    }

    /// <summary>Reads a file to its end.</summary>
    /// <param name="source">The file.</param>
    /// <param name="layout">What it must hold.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CheckpointException">It is no such file.</exception>
    /// <exception cref="SafetensorsException">It is not sound.</exception>
    public static async Task<RoundUpdates> ReadAsync(
        Stream source, TensorLayout layout, CancellationToken cancellationToken)
    {
        var (header, _) = await MasterTensors.ReadHeaderAsync(source, MetadataKey, null, cancellationToken);
        MasterTensors.Require(header, layout);
        var mean = new double[layout.Count];
        await foreach (var block in SafetensorsReader.ReadFileAsync(source, header, cancellationToken))
        {
            var tensor = layout.Slice(mean.AsSpan(), layout.IndexOf(block.Tensor.Name));
            block.Decode(tensor.Slice((int)block.FirstIndex, block.Count));
        }

        return new(layout, mean);
    }

    private void Add(ExactSum sum, SafetensorsBlock block, int weight)
    {
        var tensor = values.AsSpan(0, (int)block.Tensor.Count);
        block.Decode(tensor.Slice((int)block.FirstIndex, block.Count), requireFinite: false);
        if (block.FirstIndex + block.Count < tensor.Length) return;
        if (!sum.TryAdd(tensor, weight, out var refusal)) throw new WorkException(refusal.Message);
    }
}
