using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Cli.Simulation;

/// <summary>What a round is for the agents of one rank: the adapter cut to it, and what of that they train.</summary>
internal sealed class RankShare
{
    private readonly float[] start;

    public RankShare(Adapter state, Func<Adapter, TensorLayout> trainables, double updateBound)
    {
        State = state;
        Layout = trainables(state);
        Grid = UpdateGrid.ForBound(Layout, updateBound);
        start = State.ToSingle(Layout);
    }

    public Adapter State { get; }

    public TensorLayout Layout { get; }

    public UpdateGrid Grid { get; }

    /// <summary>The trained values at the start, flat.</summary>
    public ReadOnlySpan<float> Start => start;
}
