using System.Collections.Immutable;
using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Sums;

/// <summary>
/// The grid of a whole update: one <see cref="TensorGrid"/> for each tensor of a layout. A round's plan carries it;
/// agents round to it and the server refuses what is not on it.
/// </summary>
public sealed class UpdateGrid
{
    /// <summary>Creates a grid.</summary>
    /// <exception cref="ArgumentException">There is not one tensor grid for each tensor.</exception>
    public UpdateGrid(TensorLayout layout, IEnumerable<TensorGrid> tensors)
    {
        Layout = layout;
        Tensors = [.. tensors];
        if (Tensors.Length != layout.Tensors.Length)
        {
            throw new ArgumentException(
                $"{Tensors.Length} tensor grids for a layout of {layout.Tensors.Length} tensors", nameof(tensors));
        }
    }

    /// <summary>The tensors and their order in the flat vector.</summary>
    public TensorLayout Layout { get; }

    /// <summary>The grid of each tensor.</summary>
    public ImmutableArray<TensorGrid> Tensors { get; }

    /// <summary>The finest grid under one bound for every tensor.</summary>
    /// <inheritdoc cref="TensorGrid.ForBound" path="/exception"/>
    public static UpdateGrid ForBound(TensorLayout layout, double bound)
        => new(layout, Enumerable.Repeat(TensorGrid.ForBound(bound), layout.Tensors.Length));

    /// <summary>
    /// The grid of a run of tensors by itself, for an aggregator that sums only these. Its flat vector is the slice of
    /// the whole vector that begins at <c>Layout.Offsets[firstTensor]</c>.
    /// </summary>
    public UpdateGrid Part(int firstTensor, int tensorCount) => new(
        new TensorLayout(Layout.Tensors.AsSpan(firstTensor, tensorCount).ToArray()),
        Tensors.AsSpan(firstTensor, tensorCount).ToArray());

    /// <summary>True where both have the same tensors, in the same order, on the same grids.</summary>
    public bool IsSameAs(UpdateGrid other) => ReferenceEquals(this, other)
        || (Layout.Tensors.SequenceEqual(other.Layout.Tensors) && Tensors.SequenceEqual(other.Tensors));

    /// <summary>
    /// Why a flat vector is not an update on this grid, naming its first fault; null where it is one.
    /// </summary>
    public UpdateRefusal? Check(ReadOnlySpan<float> values)
    {
        if (values.Length != Layout.Count)
        {
            return new UpdateRefusal.WrongLength(values.Length, Layout.Count);
        }

        for (var t = 0; t < Tensors.Length; t++)
        {
            if (CheckTensor(Layout.Tensors[t].Name, Tensors[t], Layout.Slice(values, t)) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static UpdateRefusal? CheckTensor(string name, TensorGrid grid, ReadOnlySpan<float> values)
    {
        if (grid.Holds(values))
        {
            return null;
        }

        var stepsPerUnit = 1 / grid.Step;
        for (var i = 0; i < values.Length; i++)
        {
            // Exact: a float times a power of two, in float64.
            var steps = values[i] * stepsPerUnit;
            if (!float.IsFinite(values[i]))
            {
                return new UpdateRefusal.NotFinite(name, i, values[i]);
            }

            if (Math.Abs(steps) > grid.StepsMax)
            {
                return new UpdateRefusal.OutOfBound(name, i, values[i], grid.Bound);
            }

            if (Math.Truncate(steps) != steps)
            {
                return new UpdateRefusal.OffGrid(name, i, values[i], grid.Step);
            }
        }

        return null;
    }
}
