using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FFA-LoRA (arXiv 2403.12313): A stays at its start for ever and every round trains B,
/// B &lt;- B + sum_k p_k dB_k with p_k = w_k / sum w.
/// </summary>
/// <remarks>
/// <para>Exact: sum p_k (B_k A) = (sum p_k B_k) A.</para>
/// <para>Sent per layer and agent: up r d_out, down r d_out; A comes from the start's seed.</para>
/// <para>Differential privacy: suits; noise on B enters B A linearly. Secure aggregation: suits.</para>
/// </remarks>
public sealed class FfaLora : IFederatedMethod
{
    /// <inheritdoc/>
    public string Name => "ffa";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => true;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape) => new(DownValues: shape.B.Count, UpValues: shape.B.Count);

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round) => StateChange.Trainables(state, withA: false);

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
        => StateChange.AddMean(state, updates, Trainables(state, round));
}
