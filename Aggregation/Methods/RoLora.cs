using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// RoLoRA (arXiv 2502.01755): rounds train B and A in turn, the other factor frozen as it is, without any
/// refactorisation: B &lt;- B + sum_k p_k dB_k, then A &lt;- A + sum_k p_k dA_k, with p_k = w_k / sum w. The first
/// rounds train B, as B begins at 0, where A has no gradient.
/// </summary>
/// <remarks>
/// <para>Exact: in each round one factor is shared. It moves the row space of A, but nothing keeps the frozen factor's
/// norm or conditioning, so the size of gradients, and what clipping takes from them, drifts with the run.</para>
/// <para>Sent per layer and agent: up r d_out or r d_in; down the factor that the round before trained.</para>
/// <para>Differential privacy: suits; noise on one factor enters B A linearly. Secure aggregation: suits.</para>
/// </remarks>
public sealed class RoLora : IFederatedMethod
{
    private readonly Turns turns;

    /// <summary>Creates the method.</summary>
    /// <param name="period">Rounds on one side before the other's turn, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is below 1.</exception>
    public RoLora(int period = 1) => turns = new Turns(period);

    /// <inheritdoc/>
    public string Name => "rolora";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => true;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round) => new(
        DownValues: Trained(shape, Math.Max(0, round - 1)).Count, UpValues: Trained(shape, round).Count);

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round)
        => StateChange.Trainables(state, s => [Trained(s, round)]);

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
        => StateChange.AddMean(state, updates, Trainables(state, round));

    private TensorSpec Trained(LoraShape shape, int round) => turns.TrainsA(round) ? shape.A : shape.B;
}
