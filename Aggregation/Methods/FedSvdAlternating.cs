using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FedSVD that trains both factors in turn, each against an orthonormal one. With U S V^T = svd(B A):
/// a B-round starts from (B, A) = (U S, V^T) and trains B; an A-round starts from (U, S V^T) and trains A. Either adds
/// the weighted mean of the agents' differences, p_k = w_k / sum w, and every change of side refactorises and leaves
/// B A as it is. The first rounds train B, as B begins at 0, where A has no gradient.
/// </summary>
/// <remarks>
/// <para>Exact: in each round one factor is shared, so the mean of the products is the product of the means. The frozen
/// factor is orthonormal, which bounds the other's gradient for each input x of the layer: |dl/dA| &lt;= s |dl/dy| |x|
/// as well as |dl/dB| &lt;= s |dl/dy| |x|, with s = alpha / r.</para>
/// <para>An A-round moves the row space of A, which B-rounds alone never do (see <see cref="FedSvd"/>).</para>
/// <para>Sent per layer and agent: up r d_out in a B-round, r d_in in an A-round. Down: the factor that the round
/// before trained, and on a change of side the r x r matrix with which an agent follows the other one (B' = B T from
/// orthonormal B, A' = T A from orthonormal A).</para>
/// <para>Differential privacy: suits; noise on one factor enters B A linearly, and the refresh is post-processing.
/// Secure aggregation: suits; the server needs the weighted sum only.</para>
/// </remarks>
public sealed class FedSvdAlternating : IFederatedMethod
{
    private readonly Turns turns;

    /// <summary>Creates the method.</summary>
    /// <param name="period">Rounds on one side before the other's turn, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is below 1.</exception>
    public FedSvdAlternating(int period = 1) => turns = new Turns(period);

    /// <inheritdoc/>
    public string Name => "fedsvd-alternating";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => true;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
    {
        var trainedBefore = turns.TrainsA(Math.Max(0, round - 1)) ? shape.A : shape.B;
        var follow = turns.IsFirst(round) ? (long)shape.Rank * shape.Rank : 0;
        return new LayerTraffic(trainedBefore.Count + follow, (turns.TrainsA(round) ? shape.A : shape.B).Count);
    }

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round)
        => StateChange.Trainables(state, s => [turns.TrainsA(round) ? s.A : s.B]);

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
    {
        var summed = StateChange.AddMean(state, updates, Trainables(state, round));
        if (!turns.IsFirst(round + 1))
        {
            return summed;
        }

        return turns.TrainsA(round + 1) ? StateChange.RefreshForA(summed) : StateChange.RefreshForB(summed);
    }
}
