using System.Collections.Immutable;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// What an update of a round must look like: a safetensors file in F32 without metadata whose tensors are those that
/// the round trains, in the method's order, with values on the plan's grid.
/// </summary>
public sealed class UpdateForm
{
    private readonly byte[] headerBytes;

    private UpdateForm(UpdateGrid grid)
    {
        Grid = grid;
        Header = SafetensorsHeader.Create(grid.Layout.Tensors.Select(
            spec => (spec.Name, SafetensorsDType.F32, ImmutableArray.Create<long>(spec.Rows, spec.Columns))));
        headerBytes = Header.ToBytes();
        HeaderHash = BlobHash.Of(SHA256.HashData(headerBytes));
    }

    /// <summary>The trained tensors and their grids.</summary>
    public UpdateGrid Grid { get; }

    /// <summary>The header that every update of the round has, byte for byte.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>SHA-256 of <see cref="Header"/> as it stands in the file, its length before it.</summary>
    public BlobHash HeaderHash { get; }

    /// <summary>Size of the file.</summary>
    public long Bytes => Header.FileBytes;

    /// <summary>The form of the updates of one round.</summary>
    /// <param name="plan">Of the run.</param>
    /// <param name="round">From 1.</param>
    /// <param name="start">Shape of the adapter that the agents start from.</param>
    /// <exception cref="ArgumentException">The shape is out of its limits.</exception>
    public static UpdateForm Of(RoundPlan plan, int round, AdapterShape start) =>
        new(UpdateGrid.ForBound(Trainables(plan.CreateMethod(), round, start), plan.UpdateBound));

    /// <summary>
    /// Whether a file begins with <see cref="Header"/>. Reads no more than that, and leaves the stream at the first
    /// tensor.
    /// </summary>
    public async Task<bool> IsHeaderOfAsync(Stream file, CancellationToken cancellationToken = default)
    {
        var found = new byte[headerBytes.Length];
        var read = await file.ReadAtLeastAsync(found, found.Length, throwOnEndOfStream: false, cancellationToken);
        return found.AsSpan(0, read).SequenceEqual(headerBytes);
    }

    /// <summary>Writes an update.</summary>
    /// <param name="values">Flat, in the layout of the grid.</param>
    /// <param name="target">The file.</param>
    public void Write(ReadOnlySpan<float> values, Stream target)
    {
        var writer = new SafetensorsWriter(target, Header);
        for (var t = 0; t < Grid.Layout.Tensors.Length; t++)
            writer.Write(Grid.Layout.Tensors[t].Name, Grid.Layout.Slice(values, t));
        writer.Complete();
    }

    // Which tensors a method trains does not depend on their sizes, but it takes a state with values. It gets one of
    // the smallest sizes, so that no memory is taken for values that nobody looks at.
    private static TensorLayout Trainables(IFederatedMethod method, int round, AdapterShape start)
    {
        var whole = start.Layout();
        var smallest = new Adapter(start.Layers.Select(Smallest), start.Head.Select(Smallest));
        return new(method.Trainables(smallest, round - 1).Tensors.Select(
            spec => whole.Tensors[whole.IndexOf(spec.Name)]));
    }

    private static LoraFactors Smallest(LayerShape layer) => new(
        new LoraShape(layer.Module, inputWidth: 1, outputWidth: 1, rank: 1, layer.Alpha), [0], [0],
        layer.HasInner ? [0] : null);

    private static NamedTensor Smallest(HeadShape tensor) =>
        new(new TensorSpec(tensor.Name, rows: 1, columns: 1), [0], tensor.IsTrained);
}
