using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>
/// The exact sum of one shard's tensors over the updates of a round, and the file of their mean: safetensors in F64,
/// the tensors in the order of the shard, with the total weight in the metadata.
/// </summary>
/// <remarks>
/// In memory are the sums and the shard's tensors of a few updates that are read ahead, however many updates there are.
/// </remarks>
internal sealed class ShardSum
{
    private const string MetadataKey = "fedlowrank.sum";

    // A store far away answers many reads at once as fast as one; what is read must find room.
    private const int ReadAheadMax = 8;
    private const int ReadAheadBytesMax = 32 << 20;

    // Tensors are small, as a rule, and every read of a file takes its time.
    private const int BufferBytes = 80 << 10;

    private readonly UpdateForm whole;
    private readonly TensorLayout layout;
    private readonly Dictionary<string, ExactSum> sums;
    private readonly ShardSections sections;
    private long totalWeight;

    /// <summary>Begins with nothing.</summary>
    /// <param name="whole">Form of the updates.</param>
    /// <param name="part">Form that an update of the shard alone would have.</param>
    public ShardSum(UpdateForm whole, UpdateForm part)
    {
        (this.whole, layout) = (whole, part.Grid.Layout);
        sums = Enumerable.Range(0, layout.Tensors.Length).ToDictionary(
            t => layout.Tensors[t].Name, t => new ExactSum(part.Grid.Part(t, 1)), StringComparer.Ordinal);
        sections = new(whole, layout);
    }

    /// <summary>Size of the file.</summary>
    public long FileBytes => Header.FileBytes;

    private SafetensorsHeader Header => MasterTensors.Header(
        layout, MetadataKey, totalWeight.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds updates, whose bytes and values are checked. After a fault the sum is of no use.</summary>
    /// <exception cref="WorkException">One is missing, damaged or not on the grid.</exception>
    public async Task AddAsync(
        IBlobStore blobs, IReadOnlyList<FrozenUpdate> updates, CancellationToken cancellationToken)
    {
        var ahead = Math.Clamp(ReadAheadBytesMax / Math.Max(1, sections.SizeBytes), 2, ReadAheadMax);
        var buffers = new byte[Math.Min(ahead, updates.Count)][];
        for (var i = 0; i < buffers.Length; i++) buffers[i] = new byte[sections.SizeBytes];
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reads = new Queue<Task<bool>>();
        try
        {
            for (var i = 0; i < updates.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (var next = i + reads.Count; next < Math.Min(updates.Count, i + buffers.Length); next++)
                {
                    var buffer = buffers[next % buffers.Length];
                    reads.Enqueue(sections.TryReadAsync(blobs, updates[next], buffer, stopping.Token));
                }

                var (update, tensors) = (updates[i], buffers[i % buffers.Length]);
                await NamedAsync(update, async () =>
                {
                    var isShardOnly = await reads.Dequeue();
                    FederationInstruments.OnAggregationRead(isShardOnly ? sections.SizeBytes : whole.Bytes);
                    if (isShardOnly) AddShard(tensors, update.Weight);
                    else await AddWholeAsync(blobs, update, tensors, cancellationToken);
                });
                totalWeight += update.Weight;
            }
        }
        finally
        {
            // After a fault nobody waits for the rest, and nothing of it may go on.
            await stopping.CancelAsync();
            await ((Task)Task.WhenAll(reads)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
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

    private void AddShard(byte[] bytes, int weight)
    {
        foreach (var (tensor, offset) in sections.Tensors())
            Add(tensor, bytes.AsSpan(offset, (int)tensor.ByteLength), weight);
    }

    /// <summary>Adds an update whose bytes can be checked by the hash of all of them alone.</summary>
    private async Task AddWholeAsync(
        IBlobStore blobs, FrozenUpdate update, byte[] buffer, CancellationToken cancellationToken)
    {
        await using var blob = await blobs.OpenVerifiedAsync(update.Update, cancellationToken);
        await using var file = new BufferedStream(blob, BufferBytes);
        if (!await whole.IsHeaderOfAsync(file, cancellationToken))
            throw new WorkException("its header is not that of the round's updates");
        await foreach (var block in SafetensorsReader.ReadFileAsync(file, whole.Header, cancellationToken))
        {
            if (!sums.ContainsKey(block.Tensor.Name)) continue;
            var first = (int)block.FirstIndex * sizeof(float);
            block.Bytes.Span.CopyTo(buffer.AsSpan(first));
            if (first + block.Bytes.Length == block.Tensor.ByteLength)
                Add(block.Tensor, buffer.AsSpan(0, (int)block.Tensor.ByteLength), update.Weight);
        }
    }

    private static async Task NamedAsync(FrozenUpdate update, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (
            error is WorkException or BlobException or SafetensorsException or IOException)
        {
            throw new WorkException($"update {update.Update} of {update.Agent}: {error.Message}", error);
        }
    }

    private void Add(SafetensorsTensor tensor, ReadOnlySpan<byte> bytes, int weight)
    {
        if (!sums[tensor.Name].TryAdd(F32Values.Of(tensor, bytes), weight, out var refusal))
            throw new WorkException(refusal.Message);
    }
}
