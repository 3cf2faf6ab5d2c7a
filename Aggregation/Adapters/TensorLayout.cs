using System.Collections.Immutable;

namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// The order in which a set of named tensors lies in one flat vector. What a round trains, what an agent sends and
/// what the server sums are all vectors of one layout.
/// </summary>
public sealed class TensorLayout
{
    private readonly Dictionary<string, int> indexByName;

    /// <summary>Creates a layout; tensors lie one after the other in the given order.</summary>
    /// <exception cref="ArgumentException">A name occurs twice, or the whole exceeds <see
    /// cref="TensorSpec.ValuesMax"/>.</exception>
    public TensorLayout(IEnumerable<TensorSpec> tensors)
    {
        Tensors = [.. tensors];
        indexByName = new Dictionary<string, int>(Tensors.Length, StringComparer.Ordinal);
        var offsets = ImmutableArray.CreateBuilder<int>(Tensors.Length);
        long offset = 0;
        for (var i = 0; i < Tensors.Length; i++)
        {
            if (!indexByName.TryAdd(Tensors[i].Name, i))
            {
                throw new ArgumentException($"tensor {Tensors[i].Name} occurs twice", nameof(tensors));
            }

            offsets.Add((int)offset);
            offset += Tensors[i].Count;
            if (offset > TensorSpec.ValuesMax)
            {
                throw new ArgumentException($"layout exceeds {TensorSpec.ValuesMax} values", nameof(tensors));
            }
        }

        Offsets = offsets.MoveToImmutable();
        Count = (int)offset;
    }

    /// <summary>The tensors, in order.</summary>
    public ImmutableArray<TensorSpec> Tensors { get; }

    /// <summary>Where each tensor begins in the flat vector, in values.</summary>
    public ImmutableArray<int> Offsets { get; }

    /// <summary>Length of the flat vector, in values.</summary>
    public int Count { get; }

    /// <summary>Index of a tensor, or -1.</summary>
    public int IndexOf(string name) => indexByName.GetValueOrDefault(name, -1);

    /// <summary>The part of a flat vector that holds tensor <paramref name="index"/>.</summary>
    public ReadOnlySpan<T> Slice<T>(ReadOnlySpan<T> flat, int index) =>
        flat.Slice(Offsets[index], Tensors[index].Count);

    /// <inheritdoc cref="Slice{T}(ReadOnlySpan{T}, int)"/>
    public Span<T> Slice<T>(Span<T> flat, int index) => flat.Slice(Offsets[index], Tensors[index].Count);
}
