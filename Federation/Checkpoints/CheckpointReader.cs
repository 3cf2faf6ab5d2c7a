using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// Reads checkpoints from wherever their blobs are. Whatever is wrong with one, its transport or its disk, is a
/// <see cref="CheckpointException"/> that names the blob.
/// </summary>
/// <remarks>
/// The order of an adapter is that of its manifest's parts: the layers of the first part, of the second, and so on,
/// then the head tensors of the first part, of the second, and so on. Server and agents alike take it from here, so
/// that what is trained, summed and exported lies in one order.
/// </remarks>
/// <param name="open">Opens a blob at its beginning. The bytes are checked here; what it throws itself passes, but for
/// the faults of stores and disks.</param>
public sealed class CheckpointReader(Func<BlobHash, CancellationToken, Task<Stream>> open)
{
    /// <summary>Longest manifest: one with as many updates and shards as there may be is half of it.</summary>
    public const int ManifestBytesMax = 64 << 20;

    /// <summary>Reads from a store.</summary>
    public CheckpointReader(IBlobStore blobs)
        : this((hash, cancellationToken) => blobs.OpenReadAsync(hash, null, cancellationToken))
    {
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="CheckpointException">Missing, damaged or no manifest.</exception>
    public Task<CheckpointManifest> ReadManifestAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        ReadAsync("manifest", hash, async () =>
        {
            await using var source = new VerifyingStream(await open(hash, cancellationToken), hash);
            using var content = new MemoryStream();
            var buffer = new byte[64 << 10];
            for (int read; (read = await source.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                await content.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                if (content.Length > ManifestBytesMax)
                    throw new CheckpointException($"it has more than {ManifestBytesMax} bytes, the limit");
            }

            return ManifestJson.Read(content.GetBuffer().AsSpan(0, (int)content.Length));
        });

    /// <summary>
    /// Reads what the adapter is, by the headers of its parts alone; these are not checked against the parts' hashes.
    /// </summary>
    /// <exception cref="CheckpointException">A part is missing or no adapter, or two have the same tensor.</exception>
    public Task<AdapterShape> ReadShapeAsync(
        CheckpointManifest manifest, CancellationToken cancellationToken = default) =>
        JoinAsync(manifest, part => ReadAsync("adapter", part, async () =>
        {
            await using var source = await open(part, cancellationToken);
            return await AdapterFile.ReadShapeAsync(source, cancellationToken);
        }));

    /// <summary>Reads all parts to their end, checks their bytes, and keeps what the adapter is.</summary>
    /// <exception cref="CheckpointException">A part is missing, damaged or no adapter.</exception>
    public Task<AdapterShape> CheckPartsAsync(
        CheckpointManifest manifest, CancellationToken cancellationToken = default) =>
        JoinAsync(manifest, part => CheckPartAsync(part, cancellationToken));

    /// <summary>Reads the whole adapter.</summary>
    /// <exception cref="CheckpointException">A part is missing, damaged or no adapter.</exception>
    public async Task<Adapter> ReadAdapterAsync(
        CheckpointManifest manifest, CancellationToken cancellationToken = default)
    {
        var parts = await ReadPartsAsync(manifest, isWanted: null, cancellationToken);
        return Joined(() => new Adapter(parts.SelectMany(part => part.Layers), parts.SelectMany(part => part.Head)));
    }

    /// <summary>
    /// Reads some layers and head tensors; no others are held in memory. The parts that have any are read to their end
    /// and checked.
    /// </summary>
    /// <param name="manifest">Of the checkpoint.</param>
    /// <param name="names">
    /// Of <see cref="AdapterShape.Names"/>; in their order the layers, and then the head tensors, come out.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CheckpointException">A name or a part is missing, or a part is damaged.</exception>
    public async Task<Adapter> ReadAdapterAsync(
        CheckpointManifest manifest, IReadOnlyCollection<string> names, CancellationToken cancellationToken = default)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var parts = await ReadPartsAsync(manifest, wanted.Contains, cancellationToken);
        var adapter = Joined(() => new Adapter(
            names.Join(parts.SelectMany(part => part.Layers), name => name, layer => layer.Shape.Module, (_, l) => l),
            names.Join(parts.SelectMany(part => part.Head), name => name, tensor => tensor.Spec.Name, (_, t) => t)));
        var found = AdapterShape.Of(adapter).Names().ToHashSet(StringComparer.Ordinal);
        return names.FirstOrDefault(name => !found.Contains(name)) is { } missing
            ? throw new CheckpointException($"the checkpoint has no layer or head tensor {missing}")
            : adapter;
    }

    /// <summary>Reads a part to its end, checks its bytes, and keeps what it is.</summary>
    internal Task<AdapterShape> CheckPartAsync(BlobHash part, CancellationToken cancellationToken) =>
        ReadAsync("adapter", part, async () =>
        {
            await using var source = new VerifyingStream(await open(part, cancellationToken), part);
            var shape = await AdapterFile.ReadShapeAsync(source, cancellationToken);
            await source.CopyToAsync(Stream.Null, cancellationToken);
            return shape;
        });

    private async Task<List<Adapter>> ReadPartsAsync(
        CheckpointManifest manifest, Predicate<string>? isWanted, CancellationToken cancellationToken)
    {
        var parts = new List<Adapter>();
        foreach (var hash in manifest.Parts)
        {
            var part = await ReadAsync("adapter", hash, async () =>
            {
                var source = await open(hash, cancellationToken);
                var size = source.CanSeek ? source.Length : (long?)null;
                await using var verified = new VerifyingStream(source, hash);
                return await AdapterFile.ReadAsync(verified, isWanted, size, cancellationToken);
            });
            parts.Add(part);
        }

        return parts;
    }

    private static async Task<AdapterShape> JoinAsync(
        CheckpointManifest manifest, Func<BlobHash, Task<AdapterShape>> read)
    {
        var parts = new List<AdapterShape>();
        foreach (var part in manifest.Parts) parts.Add(await read(part));
        var shape = new AdapterShape(
            parts.SelectMany(part => part.Layers).ToValueList(), parts.SelectMany(part => part.Head).ToValueList());
        Joined(shape.Layout);
        return shape;
    }

    private static async Task<T> ReadAsync<T>(string what, BlobHash hash, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception error) when (error is CheckpointException or BlobException or IOException)
        {
            throw new CheckpointException($"{what} {hash} cannot be read: {error.Message}", error);
        }
    }

    private static T Joined<T>(Func<T> join)
    {
        try
        {
            return join();
        }
        catch (ArgumentException error)
        {
            throw new CheckpointException($"the parts do not fit together: {error.Message}", error);
        }
    }
}
