using System.Collections.Immutable;
using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>What a round's agents learnt, as float64 differences from the round's start in one layout.</summary>
public sealed class RoundUpdates
{
    private readonly double[] mean;

    /// <summary>Takes ownership of the mean.</summary>
    /// <param name="layout">The trained tensors.</param>
    /// <param name="mean">Weighted mean of the differences, flat, <c>layout.Count</c> values.</param>
    /// <param name="each">Each agent's own update, for methods that need them; empty otherwise.</param>
    /// <exception cref="ArgumentException">A length does not fit the layout.</exception>
    public RoundUpdates(TensorLayout layout, double[] mean, IEnumerable<AgentUpdate>? each = null)
    {
        Each = [.. each ?? []];
        if (mean.Length != layout.Count || Each.Any(u => u.Difference.Length != layout.Count))
        {
            throw new ArgumentException($"an update's length is not the layout's {layout.Count} values", nameof(mean));
        }

        Layout = layout;
        this.mean = mean;
    }

    /// <summary>The trained tensors.</summary>
    public TensorLayout Layout { get; }

    /// <summary>Weighted mean of the differences.</summary>
    public ReadOnlySpan<double> Mean => mean;

    /// <summary>Each update by itself, or empty.</summary>
    public ImmutableArray<AgentUpdate> Each { get; }
}
