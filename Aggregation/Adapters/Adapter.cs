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
        var factors = Layers.SelectMany(l => new[] { l.Shape.A, l.Shape.B });
        Layout = new TensorLayout(factors.Concat(Head.Select(h => h.Spec)));
    }

    /// <summary>The adapted layers, in model order.</summary>
    public ImmutableArray<LoraFactors> Layers { get; }

    /// <summary>The head's tensors, in model order.</summary>
    public ImmutableArray<NamedTensor> Head { get; }

    /// <summary>Every tensor: A and B layer by layer, then the head.</summary>
    public TensorLayout Layout { get; }

    /// <summary>The values of one tensor by name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public ReadOnlySpan<double> Values(string name)
    {
        var index = Layout.IndexOf(name);
        if (index < 0)
        {
            throw new KeyNotFoundException($"the adapter has no tensor {name}");
        }

        var layer = index / 2;
        return layer >= Layers.Length ? Head[index - (2 * Layers.Length)].Values
            : index % 2 == 0 ? Layers[layer].A : Layers[layer].B;
    }

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
