using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FedAvg on both factors (FedIT, arXiv 2305.05644): A &lt;- A + sum_k p_k dA_k and B &lt;- B + sum_k p_k dB_k with
/// p_k = w_k / sum w.
/// </summary>
/// <remarks>
/// <para>Biased: the product of the means is not the mean of the products. It misses
/// sum p_k (B_k - mean B)(A_k - mean A), which grows with the agents' disagreement.</para>
/// <para>Sent per layer and agent: up r (d_in + d_out), down r (d_in + d_out).</para>
/// <para>Differential privacy: does not suit; with noise on both factors (B + x)(A + y) holds the quadratic term x y.
/// Secure aggregation: suits; the server needs the weighted sum only.</para>
/// </remarks>
public sealed class FedAvgLora : IFederatedMethod
{
    /// <inheritdoc/>
    public string Name => "fedavg";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => false;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
    {
        var values = (long)shape.A.Count + shape.B.Count;
        return new LayerTraffic(DownValues: values, UpValues: values);
    }

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round) => StateChange.Trainables(state, s => [s.A, s.B]);

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
        => StateChange.AddMean(state, updates, Trainables(state, round));
}
