using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>What an adapter is, without its values.</summary>
/// <param name="Layers">The adapted layers, in model order.</param>
/// <param name="Head">The head's tensors, in model order.</param>
public sealed record AdapterShape(ValueList<LayerShape> Layers, ValueList<HeadShape> Head)
{
    /// <summary>The shape of an adapter.</summary>
    public static AdapterShape Of(Adapter adapter) => new(
        adapter.Layers.Select(LayerShape.Of).ToValueList(), adapter.Head.Select(HeadShape.Of).ToValueList());

    /// <summary>
    /// What shards name: the modules of the layers, then the names of the head's tensors.
    /// </summary>
    public IEnumerable<string> Names() =>
        Layers.Select(layer => layer.Module).Concat(Head.Select(tensor => tensor.Name));

    /// <summary>
    /// Of <see cref="Names"/> those that are given, in the order in which they are given. What is not there is left
    /// out.
    /// </summary>
    public AdapterShape Part(IEnumerable<string> names)
    {
        var order = names.ToList();
        return new(
            order.Join(Layers, name => name, layer => layer.Module, (_, layer) => layer).ToValueList(),
            order.Join(Head, name => name, tensor => tensor.Name, (_, tensor) => tensor).ToValueList());
    }

    /// <summary>Every tensor of the adapter in the order of <see cref="Adapter.Layout"/>.</summary>
    /// <exception cref="ArgumentException">A side is out of its limits, or a name occurs twice.</exception>
    public TensorLayout Layout() =>
        new(Layers.SelectMany(layer => layer.Tensors()).Concat(Head.Select(tensor => tensor.Spec())));
}

/// <summary>One adapted layer; see <see cref="LoraShape"/>.</summary>
/// <param name="Module">Full name of the layer in the base model.</param>
/// <param name="InputWidth">d_in.</param>
/// <param name="OutputWidth">d_out.</param>
/// <param name="Rank">r.</param>
/// <param name="Alpha">B A is scaled by alpha / r.</param>
/// <param name="HasInner">Whether there is an R between the factors.</param>
public sealed record LayerShape(
    string Module, int InputWidth, int OutputWidth, int Rank, double Alpha, bool HasInner)
{
    /// <summary>The shape of a layer.</summary>
    public static LayerShape Of(LoraFactors layer)
    {
        var shape = layer.Shape;
        return new(
            shape.Module, shape.InputWidth, shape.OutputWidth, shape.Rank, shape.Alpha, !layer.Inner.IsEmpty);
    }

    /// <summary>A, B and, where there is one, R.</summary>
    /// <exception cref="ArgumentException">A value is out of its limits.</exception>
    public IEnumerable<TensorSpec> Tensors()
    {
        var shape = Shape();
        return HasInner ? [shape.A, shape.B, shape.Inner] : [shape.A, shape.B];
    }

    /// <summary>The shape as the mathematics takes it.</summary>
    /// <exception cref="ArgumentException">A value is out of its limits.</exception>
    public LoraShape Shape() => new(Module, InputWidth, OutputWidth, Rank, Alpha);
}

/// <summary>One tensor of the head.</summary>
/// <param name="Name">Unique in the adapter.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns; 1 for a vector.</param>
/// <param name="IsTrained">Whether rounds change it.</param>
public sealed record HeadShape(string Name, int Rows, int Columns, bool IsTrained)
{
    /// <summary>The shape of a tensor.</summary>
    public static HeadShape Of(NamedTensor tensor) =>
        new(tensor.Spec.Name, tensor.Spec.Rows, tensor.Spec.Columns, tensor.IsTrained);

    /// <summary>Name and sides.</summary>
    /// <exception cref="ArgumentException">A value is out of its limits.</exception>
    public TensorSpec Spec() => new(Name, Rows, Columns);
}
