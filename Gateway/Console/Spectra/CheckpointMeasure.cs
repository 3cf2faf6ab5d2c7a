using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Gateway.Console.Spectra;

/// <summary>
/// Reads checkpoints and measures their layers, some at a time: never more than about <see cref="GroupValuesMax"/>
/// values of each of two adapters are in memory, or one layer where that has more.
/// </summary>
internal sealed class CheckpointMeasure(IBlobStore blobs)
{
    private const long GroupValuesMax = 4 << 20;

    private readonly CheckpointReader reader = new(blobs);

    /// <summary>Measures a checkpoint, and how far it is from the one before it.</summary>
    /// <exception cref="CheckpointException">It cannot be read.</exception>
    public async Task<CheckpointFigures> MeasureAsync(BlobHash checkpoint, CancellationToken cancellationToken)
    {
        var manifest = await reader.ReadManifestAsync(checkpoint, cancellationToken);
        var shape = await reader.ReadShapeAsync(manifest, cancellationToken);
        var before = await FindBeforeAsync(manifest, cancellationToken);
        var layers = new List<LayerFigures>();
        foreach (var names in GroupsOf(shape))
        {
            var now = await reader.ReadAdapterAsync(manifest, names, cancellationToken);
            var then = before is null ? [] : await ReadBeforeAsync(before, names, cancellationToken);
            foreach (var layer in now.Layers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                layers.Add(Measure(layer, then.FirstOrDefault(one => one.Shape == layer.Shape)));
            }
        }

        return new(checkpoint, await BytesAsync(manifest, cancellationToken), layers, Problem: null);
    }

    /// <summary>Measures one layer.</summary>
    /// <param name="layer">As it is.</param>
    /// <param name="before">The same layer in the checkpoint before; null where it is not known.</param>
    public static LayerFigures Measure(LoraFactors layer, LoraFactors? before)
    {
        var values = AdapterSpectrum.SingularValues(layer);
        var angles = before is null ? null : SubspaceAngles.Between(RowsOf(before), RowsOf(layer));
        return new(
            layer.Shape.Module, [.. values.Take(LayerFigures.ValuesMax)], EffectiveRank(values), angles?[0],
            angles?.Average());
    }

    /// <summary>See <see cref="LayerFigures.EffectiveRank"/>.</summary>
    public static double EffectiveRank(IReadOnlyList<double> singularValues)
    {
        var sum = singularValues.Sum();
        return sum > 0
            ? Math.Exp(-singularValues.Select(value => value / sum).Where(share => share > 0)
                .Sum(share => share * Math.Log(share)))
            : 0;
    }

    private static Matrix RowsOf(LoraFactors layer) =>
        new(layer.Shape.Rank, layer.Shape.InputWidth, layer.A.ToArray());

    private static IEnumerable<List<string>> GroupsOf(AdapterShape shape)
    {
        var (group, values) = (new List<string>(), 0L);
        foreach (var layer in shape.Layers)
        {
            var size = layer.Tensors().Sum(tensor => (long)tensor.Count);
            if (group.Count > 0 && values + size > GroupValuesMax)
            {
                yield return group;
                (group, values) = ([], 0);
            }

            group.Add(layer.Module);
            values += size;
        }

        if (group.Count > 0) yield return group;
    }

    // What was before may be gone by the rules of retention; then nothing is said of how far this one moved.
    private async Task<CheckpointManifest?> FindBeforeAsync(
        CheckpointManifest manifest, CancellationToken cancellationToken) =>
        manifest.Start is { } start && await blobs.FindAsync(start, cancellationToken) is not null
            ? await reader.ReadManifestAsync(start, cancellationToken)
            : null;

    private async Task<IReadOnlyList<LoraFactors>> ReadBeforeAsync(
        CheckpointManifest before, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await reader.ReadAdapterAsync(before, names, cancellationToken)).Layers];
        }
        catch (CheckpointException)
        {
            return [];
        }
    }

    private async Task<long> BytesAsync(CheckpointManifest manifest, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        foreach (var part in manifest.Parts)
            bytes += (await blobs.FindAsync(part, cancellationToken))?.SizeBytes ?? 0;
        return bytes;
    }
}
