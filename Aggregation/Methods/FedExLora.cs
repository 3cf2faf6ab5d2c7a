using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FedEx-LoRA (arXiv 2410.09432): FedAvg on both factors, and what that misses is added to the frozen weights:
/// A &lt;- sum p_k A_k, B &lt;- sum p_k B_k, W &lt;- W + s (sum p_k B_k A_k - B A), with p_k = w_k / sum w and
/// s = alpha / r.
/// </summary>
/// <remarks>
/// <para>Exact: the agents' mean model is reproduced to rounding. The residual is the covariance of the factors,
/// sum p_k (B_k - B)(A_k - A), so it is kept as a pair of rank at most K r (<see cref="BaseChange"/>) that grows with
/// each round up to the narrower width of the layer.</para>
/// <para>Sent per layer and agent: up r (d_in + d_out); down the mean factors, and from the second round on the
/// residual of the round before, K r (d_in + d_out) or dense where that is less. An agent that missed a round needs its
/// residual too. Server cost: O(K r (d_in + d_out)).</para>
/// <para>Differential privacy: does not suit; noise on both factors enters as a product, and the residual carries it on
/// for ever. Secure aggregation: does not suit; the server needs each agent's factors.</para>
/// </remarks>
public sealed class FedExLora : IFederatedMethod
{
    private readonly int cohortSize;

    /// <summary>Creates the method.</summary>
    /// <param name="cohortSize">K, at least 1; only the traffic depends on it.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is below 1.</exception>
    public FedExLora(int cohortSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cohortSize, 1);
        this.cohortSize = cohortSize;
    }

    /// <inheritdoc/>
    public string Name => "fedex";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.EachUpdate;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => false;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
    {
        var pair = (long)shape.A.Count + shape.B.Count;
        var residual = Math.Min(cohortSize * pair, (long)shape.InputWidth * shape.OutputWidth);
        return new LayerTraffic(DownValues: round == 0 ? pair : pair + residual, UpValues: pair);
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
        return new Adapter(
            mean.Layers.Zip(state.Layers, (after, before) => AddResidual(before, after, updates)), mean.Head);
    }

    private static LoraFactors AddResidual(LoraFactors before, LoraFactors after, RoundUpdates updates)
    {
        var agents = AgentFactors.Of(before, updates);
        foreach (var agent in agents)
        {
            FixedOrder.AddScaled(agent.A.Values, -1, after.A);
            FixedOrder.AddScaled(agent.B.Values, -1, after.B);
        }

        return after.PlusChange(AgentFactors.StackB(agents, after.Shape.Scale), AgentFactors.StackA(agents));
    }
}
