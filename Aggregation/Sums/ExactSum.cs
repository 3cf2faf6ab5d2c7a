using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FedLowRank.Aggregation.Sums;

/// <summary>
/// The weighted sum of updates on one grid, in 64-bit integers, so that any order of arrival, any split by agents
/// (<see cref="Merge"/>) and any split by tensors (<see cref="UpdateGrid.Part"/>) give the same bits.
/// </summary>
/// <remarks>
/// Every value is k g with an integer |k| &lt;= 2^24; a weight is an integer of at most 2^20 and there are at most 2^16
/// updates. So each weighted value is an integer, nothing is ever rounded, and the magnitudes of all terms together are
/// at most 2^(24 + 20 + 16) = 2^60: no partial sum, in whatever order, leaves the 63 bits of an int64.
/// </remarks>
public sealed class ExactSum
{
    /// <summary>Most updates in one sum.</summary>
    public const int AgentsMax = 1 << 16;

    /// <summary>Largest weight of one update.</summary>
    public const int WeightMax = 1 << 20;

    private readonly long[] steps;

    /// <summary>Creates an empty sum.</summary>
    public ExactSum(UpdateGrid grid)
    {
        Grid = grid;
        steps = new long[grid.Layout.Count];
    }

    /// <summary>The grid of every update in the sum.</summary>
    public UpdateGrid Grid { get; }

    /// <summary>Number of updates in the sum.</summary>
    public int AgentCount { get; private set; }

    /// <summary>Sum of the weights; at most 2^36.</summary>
    public long TotalWeight { get; private set; }

    /// <summary>Adds weight x values, or refuses the update and stays as it was.</summary>
    /// <param name="values">Flat difference in the grid's layout.</param>
    /// <param name="weight">From 1 to <see cref="WeightMax"/>.</param>
    /// <param name="refusal">Why nothing was added.</param>
    public bool TryAdd(ReadOnlySpan<float> values, int weight, [NotNullWhen(false)] out UpdateRefusal? refusal)
    {
        refusal = weight is < 1 or > WeightMax ? new UpdateRefusal.WeightOutOfRange(weight, WeightMax)
            : AgentCount == AgentsMax ? new UpdateRefusal.TooManyAgents(AgentsMax)
            : Grid.Check(values);
        if (refusal is not null)
        {
            return false;
        }

        for (var t = 0; t < Grid.Tensors.Length; t++)
        {
            Add(Grid.Layout.Slice(values, t), Grid.Tensors[t], weight, Grid.Layout.Slice(steps.AsSpan(), t));
        }

        AgentCount++;
        TotalWeight += weight;
        return true;
    }

    /// <summary>Adds the updates of another sum, of other agents on the same grid.</summary>
    /// <exception cref="ArgumentException">
    /// The grids differ, or there are more than <see cref="AgentsMax"/> updates in both.
    /// </exception>
    public void Merge(ExactSum other)
    {
        if (!Grid.IsSameAs(other.Grid))
        {
            throw new ArgumentException("the sums are on different grids", nameof(other));
        }

        if (AgentCount + other.AgentCount > AgentsMax)
        {
            throw new ArgumentException(
                $"{AgentCount} and {other.AgentCount} updates exceed {AgentsMax} in one sum", nameof(other));
        }

        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] += other.steps[i];
        }

        AgentCount += other.AgentCount;
        TotalWeight += other.TotalWeight;
    }

    /// <summary>The weighted mean, flat: each value is the exact mean rounded once to float64.</summary>
    /// <exception cref="InvalidOperationException">The sum is empty.</exception>
    public double[] Mean()
    {
        if (AgentCount == 0)
        {
            throw new InvalidOperationException("a sum of no updates has no mean");
        }

        var mean = new double[steps.Length];
        for (var t = 0; t < Grid.Tensors.Length; t++)
        {
            var step = Grid.Tensors[t].Step;
            var source = Grid.Layout.Slice<long>(steps, t);
            var target = Grid.Layout.Slice(mean.AsSpan(), t);
            for (var i = 0; i < source.Length; i++)
            {
                // The step is a power of two, so the product is exact.
                target[i] = ExactQuotient.Of(source[i], TotalWeight) * step;
            }
        }

        return mean;
    }

    /// <remarks>
    /// Of a value on the grid x / g is an integer of at most 2^24, which F32 and int32 hold, and all after it are
    /// integers: the vectors compute the same as any loop.
    /// </remarks>
    private static void Add(ReadOnlySpan<float> values, TensorGrid grid, int weight, Span<long> target)
    {
        var stepsPerUnit = (float)(1 / grid.Step);
        var sources = MemoryMarshal.Cast<float, Vector<float>>(values);
        var targets = MemoryMarshal.Cast<long, Vector<long>>(target);
        for (var i = 0; i < sources.Length; i++)
        {
            Vector.Widen(Vector.ConvertToInt32(sources[i] * stepsPerUnit), out var low, out var high);
            targets[2 * i] += low * weight;
            targets[(2 * i) + 1] += high * weight;
        }

        for (var i = sources.Length * Vector<float>.Count; i < values.Length; i++)
        {
            target[i] += weight * (long)(values[i] * stepsPerUnit);
        }
    }
}
