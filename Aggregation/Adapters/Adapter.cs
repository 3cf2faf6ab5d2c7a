using System.Collections.Immutable;

namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// What a federation learns: a low-rank pair for each adapted layer and the tensors of the task head
/// (PEFT's <c>modules_to_save</c>). Float64 masters; immutable.
/// </summary>
public sealed class Adapter
{
    /// <summary>Creates an adapter.</summary>
    /// <exception cref="ArgumentException">A tensor name occurs twice.</exception>
    public Adapter(IEnumerable<LoraFactors> layers, IEnumerable<NamedTensor> head)
    {
        Layers = [.. layers];
        Head = [.. head];
        var factors = Layers.SelectMany(
            l => l.Inner.IsEmpty ? new[] { l.Shape.A, l.Shape.B } : [l.Shape.A, l.Shape.B, l.Shape.Inner]);
        Layout = new TensorLayout(factors.Concat(Head.Select(h => h.Spec)));
    }

    /// <summary>The adapted layers, in model order.</summary>
    public ImmutableArray<LoraFactors> Layers { get; }

    /// <summary>The head's tensors, in model order.</summary>
    public ImmutableArray<NamedTensor> Head { get; }

    /// <summary>
    /// Every tensor that a round can train: A, B and R (where there is one) layer by layer, then the head. Changes of
    /// the frozen weights are none of these.
    /// </summary>
    public TensorLayout Layout { get; }

    /// <summary>The values of one tensor by name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public ReadOnlySpan<double> Values(string name)
    {
        foreach (var layer in Layers)
        {
            if (name.StartsWith(layer.Shape.Module, StringComparison.Ordinal))
            {
                var values = name == layer.Shape.A.Name ? layer.A
                    : name == layer.Shape.B.Name ? layer.B
                    : name == layer.Shape.Inner.Name ? layer.Inner : default;
                if (!values.IsEmpty)
                {
                    return values;
                }
            }
        }

        var tensor = Head.FirstOrDefault(h => h.Spec.Name == name);
        return tensor is null ? throw new KeyNotFoundException($"the adapter has no tensor {name}") : tensor.Values;
    }

    /// <summary>The adapter for an agent of a lower rank; see <see cref="LoraFactors.Truncated"/>.</summary>
    public Adapter Truncated(int rank)
        => Layers.All(l => l.Shape.Rank <= rank) ? this : new Adapter(Layers.Select(l => l.Truncated(rank)), Head);

    /// <summary>The same effect with one plain pair in each layer; see <see cref="LoraFactors.Folded"/>.</summary>
    public Adapter Folded() => new(Layers.Select(l => l.Folded()), Head);

    /// <summary>The tensors of <paramref name="layout"/> as one flat vector, each value rounded once to F32.</summary>
    public float[] ToSingle(TensorLayout layout)
    {
        var flat = new float[layout.Count];
        for (var t = 0; t < layout.Tensors.Length; t++)
        {
            var values = Values(layout.Tensors[t].Name);
            var target = layout.Slice(flat.AsSpan(), t);
            for (var i = 0; i < values.Length; i++)
            {
                target[i] = (float)values[i];
            }
        }

        return flat;
    }
}
