using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FLoRA (arXiv 2409.05976): the agents' factors are stacked, so that their product is the mean of the products,
/// W &lt;- W + s [p_1 B_1, ..., p_K B_K] [A_1; ...; A_K] with p_k = w_k / sum w and s = alpha / r, and every round
/// starts anew from the run's first A and B = 0. The published code draws a new A each round; here it is the start's,
/// whatever that looked at.
/// </summary>
/// <remarks>
/// <para>Exact, for agents of different ranks too: each adds a product of its own rank. The change of W is kept as
/// a pair (<see cref="BaseChange"/>) whose rank grows by K r in each round up to the narrower width of the
/// layer.</para>
/// <para>Sent per layer and agent: up r (d_in + d_out); down, from the second round on, the stack of the round before,
/// K r (d_in + d_out) or dense where that is less. An agent that missed a round needs its stack too. Server cost: none
/// but copying.</para>
/// <para>Differential privacy: does not suit; noise on both factors enters as a product. Secure aggregation: does not
/// suit; the server needs each agent's factors.</para>
/// </remarks>
public sealed class FLora : IFederatedMethod
{
    private readonly int cohortSize;

    /// <summary>Creates the method.</summary>
    /// <param name="cohortSize">K, at least 1; only the traffic depends on it.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is below 1.</exception>
    public FLora(int cohortSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cohortSize, 1);
        this.cohortSize = cohortSize;
    }

    /// <inheritdoc/>
    public string Name => "flora";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.EachUpdate;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => false;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
    {
        var pair = (long)shape.A.Count + shape.B.Count;
        var stack = Math.Min(cohortSize * pair, (long)shape.InputWidth * shape.OutputWidth);
        return new LayerTraffic(DownValues: round == 0 ? pair : stack, UpValues: pair);
    }

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round) => StateChange.Trainables(state, s => [s.A, s.B]);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The updates are in another layout, or the single updates are missing.
    /// </exception>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
    {
        var mean = StateChange.AddMean(state, updates, Trainables(state, round));
        return new Adapter(state.Layers.Select(layer =>
        {
            var agents = AgentFactors.Of(layer, updates);
            return layer.With(newB: new double[layer.Shape.B.Count])
                .PlusChange(AgentFactors.StackB(agents, layer.Shape.Scale), AgentFactors.StackA(agents));
        }), mean.Head);
    }
}
