using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// An adapter, or some of its layers, as a safetensors file of float64 masters. The entry
/// <see cref="MetadataKey"/> of its metadata holds the <see cref="AdapterShape"/> as JSON, and the tensors are those of
/// the shape's layout, in its order. The same adapter gives the same bytes.
/// </summary>
public static class AdapterFile
{
    /// <summary>Name of the metadata entry with the shape.</summary>
    public const string MetadataKey = "fedlowrank.adapter";

    /// <summary>Size of the file of an adapter.</summary>
    /// <exception cref="ArgumentException">A layer has a change of the frozen weights beside its pair.</exception>
    public static long SizeBytes(Adapter adapter) => HeaderOf(adapter).FileBytes;

    /// <summary>Writes an adapter.</summary>
    /// <exception cref="ArgumentException">A layer has a change of the frozen weights beside its pair.</exception>
    /// <exception cref="SafetensorsException">A value is not finite.</exception>
    public static void Write(Adapter adapter, Stream target)
    {
        var writer = new SafetensorsWriter(target, HeaderOf(adapter));
        foreach (var spec in adapter.Layout.Tensors) writer.Write(spec.Name, adapter.Values(spec.Name));
        writer.Complete();
    }

    /// <summary>Reads the shape alone and leaves the stream at the first tensor.</summary>
    /// <exception cref="CheckpointException">It is no such file.</exception>
    public static async Task<AdapterShape> ReadShapeAsync(Stream source, CancellationToken cancellationToken = default)
    {
        var (_, shape) = await ReadHeaderAsync(source, fileBytes: null, cancellationToken);
        return shape;
    }

    /// <summary>Reads the whole file to its end.</summary>
    /// <exception cref="CheckpointException">It is no such file, or a value is not finite.</exception>
    public static Task<Adapter> ReadAsync(Stream source, CancellationToken cancellationToken = default) =>
        ReadAsync(source, isWanted: null, fileBytes: null, cancellationToken);

    /// <summary>
    /// Reads the file to its end and keeps some of it; where it has nothing that is wanted, its header alone.
    /// </summary>
    /// <param name="source">The file.</param>
    /// <param name="isWanted">Looks at <see cref="AdapterShape.Names"/>; null keeps all.</param>
    /// <param name="fileBytes">
    /// Length of the file where it is known; a header that declares more values than the file has is then refused
    /// before there is memory for them.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CheckpointException">
    /// It is no such file, or a value that is kept is not finite.
    /// </exception>
    public static async Task<Adapter> ReadAsync(
        Stream source, Predicate<string>? isWanted, long? fileBytes, CancellationToken cancellationToken = default)
    {
        var (header, shape) = await ReadHeaderAsync(source, fileBytes, cancellationToken);
        if (isWanted is not null)
        {
            shape = shape.Part(shape.Names().Where(name => isWanted(name)));
            if (!shape.Names().Any()) return new Adapter([], []);
        }

        var values = shape.Layout().Tensors.ToDictionary(
            spec => spec.Name, spec => new double[spec.Count], StringComparer.Ordinal);
        try
        {
            await foreach (var block in SafetensorsReader.ReadFileAsync(source, header, cancellationToken))
            {
                if (values.TryGetValue(block.Tensor.Name, out var kept))
                    block.Decode<double>(kept.AsSpan((int)block.FirstIndex, block.Count));
            }
        }
        catch (SafetensorsException error)
        {
            throw new CheckpointException(error.Message, error);
        }

        return new Adapter(
            shape.Layers.Select(layer => Layer(layer, values)),
            shape.Head.Select(tensor => new NamedTensor(tensor.Spec(), values[tensor.Name], tensor.IsTrained)));
    }

    private static SafetensorsHeader HeaderOf(Adapter adapter)
    {
        if (adapter.Layers.FirstOrDefault(layer => layer.Change is not null) is { } changed)
        {
            throw new ArgumentException(
                $"{changed.Shape.Module} has a change of the frozen weights beside its pair", nameof(adapter));
        }

        var shape = JsonSerializer.Serialize(AdapterShape.Of(adapter), CheckpointJsonContext.Default.AdapterShape);
        return MasterTensors.Header(adapter.Layout, MetadataKey, shape);
    }

    private static LoraFactors Layer(LayerShape layer, Dictionary<string, double[]> values)
    {
        var shape = layer.Shape();
        return new(
            shape, values[shape.A.Name], values[shape.B.Name], layer.HasInner ? values[shape.Inner.Name] : null);
    }

    private static async Task<(SafetensorsHeader Header, AdapterShape Shape)> ReadHeaderAsync(
        Stream source, long? fileBytes, CancellationToken cancellationToken)
    {
        try
        {
            var (header, json) = await MasterTensors.ReadHeaderAsync(
                source, MetadataKey, fileBytes, cancellationToken);
            var shape = JsonSerializer.Deserialize(json, CheckpointJsonContext.Default.AdapterShape)
                ?? throw new CheckpointException($"the metadata entry {MetadataKey} is null");
            MasterTensors.Require(header, shape.Layout());
            return (header, shape);
        }
        catch (Exception error) when (error is SafetensorsException or JsonException or ArgumentException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }
}
