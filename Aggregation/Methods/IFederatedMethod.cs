using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// A way to learn one adapter from many agents: which tensors a round trains, what the server needs of the
/// agents, and how the sum changes the state. Pure and deterministic: the same input gives the same bits.
/// </summary>
public interface IFederatedMethod
{
    /// <summary>Name in configurations, for example <c>fedsvd</c>.</summary>
    string Name { get; }

    /// <summary>What the server must see of the updates.</summary>
    ServerNeeds Needs { get; }

    /// <summary>True where noise on the trained tensors enters the product B A linearly.</summary>
    bool SuitsDifferentialPrivacy { get; }

    /// <summary>
    /// Values per layer that one agent, which took part in the round before, receives and sends in round
    /// <paramref name="round"/> (from 0).
    /// </summary>
    LayerTraffic Traffic(LoraShape shape, int round);

    /// <summary>The tensors that round <paramref name="round"/> (from 0) trains, head included.</summary>
    TensorLayout Trainables(Adapter state, int round);

    /// <summary>The state after round <paramref name="round"/>.</summary>
    /// <param name="state">The state that the agents started from.</param>
    /// <param name="round">Round number, from 0.</param>
    /// <param name="updates">
    /// What was learnt, as differences from the start, in the layout of <see cref="Trainables"/>.
    /// </param>
    /// <exception cref="ArgumentException">The updates are in another layout.</exception>
    Adapter Advance(Adapter state, int round, RoundUpdates updates);
}
