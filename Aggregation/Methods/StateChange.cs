using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>The steps that methods share.</summary>
internal static class StateChange
{
    /// <summary>The tensors asked for of every layer, then the trained tensors of the head.</summary>
    public static TensorLayout Trainables(Adapter state, Func<LoraShape, TensorSpec[]> ofLayer)
        => new(state.Layers.SelectMany(l => ofLayer(l.Shape))
            .Concat(state.Head.Where(h => h.IsTrained).Select(h => h.Spec)));

    /// <summary>The state plus the mean difference, tensor by tensor.</summary>
    /// <exception cref="ArgumentException">The updates are not in the layout that the round trains.</exception>
    public static Adapter AddMean(Adapter state, RoundUpdates updates, TensorLayout trainables)
    {
        if (!updates.Layout.Tensors.SequenceEqual(trainables.Tensors))
        {
            throw new ArgumentException("the updates are not in the layout that this round trains", nameof(updates));
        }

        return new Adapter(
            state.Layers.Select(l => l.With(
                Sum(l.Shape.A, l.A, updates), Sum(l.Shape.B, l.B, updates), Sum(l.Shape.Inner, l.Inner, updates))),
            state.Head.Select(h => Sum(h.Spec, h.Values, updates) is { } values ? h.With(values) : h));
    }

    /// <summary>Every layer refactorised for a round that trains B: <see cref="FactorRefresh.ForBRound"/>.</summary>
    public static Adapter RefreshForB(Adapter state)
        => new(state.Layers.Select(l => FactorRefresh.ForBRound(l).Factors), state.Head);

    /// <summary>Every layer refactorised for a round that trains A: <see cref="FactorRefresh.ForARound"/>.</summary>
    public static Adapter RefreshForA(Adapter state)
        => new(state.Layers.Select(FactorRefresh.ForARound), state.Head);

    /// <summary>start + mean of one tensor, or null where the round does not train it.</summary>
    private static double[]? Sum(TensorSpec spec, ReadOnlySpan<double> start, RoundUpdates updates)
    {
        var index = updates.Layout.IndexOf(spec.Name);
        if (index < 0)
        {
            return null;
        }

        var mean = updates.Layout.Slice(updates.Mean, index);
        var sum = start.ToArray();
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += mean[i];
        }

        return sum;
    }
}
