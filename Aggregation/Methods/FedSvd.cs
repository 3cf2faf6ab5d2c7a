using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FedSVD (arXiv 2505.12805): every round trains B against a shared A, B &lt;- B + sum_k p_k dB_k with
/// p_k = w_k / sum w; after every period-th round U S V^T = svd(B A), A &lt;- V^T, B &lt;- U S.
/// </summary>
/// <remarks>
/// <para>Exact: A is shared, so sum p_k (B_k A) = (sum p_k B_k) A. The refresh leaves B A as it is and makes A's rows
/// orthonormal, which bounds the gradient of B by that of the layer's output.</para>
/// <para>Sent per layer and agent: up r d_out; down r d_out and, after a refresh, the r x r rotation V with which an
/// agent that holds A follows. An agent without A, or where A was not orthonormal before, receives r d_in instead of
/// r^2.</para>
/// <para>Differential privacy: suits; noise on B enters B A linearly, and the refresh is post-processing. Secure
/// aggregation: suits; the server needs the weighted sum only.</para>
/// <para>The row space of A never changes, and with plain SGD every refresh after the first changes nothing but the
/// coordinates; it matters for optimizers that act element by element.</para>
/// </remarks>
public sealed class FedSvd : IFederatedMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="refreshPeriod">
    /// Rounds from one refresh to the next, at least 1; the first follows round period - 1.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The period is below 1.</exception>
    public FedSvd(int refreshPeriod = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(refreshPeriod, 1);
        RefreshPeriod = refreshPeriod;
    }

    /// <summary>Rounds from one refresh to the next.</summary>
    public int RefreshPeriod { get; }

    /// <inheritdoc/>
    public string Name => "fedsvd";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => true;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
        => new(DownValues: shape.B.Count + ((long)shape.Rank * shape.Rank), UpValues: shape.B.Count);

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round) => StateChange.Trainables(state, s => [s.B]);

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
    {
        var summed = StateChange.AddMean(state, updates, Trainables(state, round));
        return (round + 1) % RefreshPeriod == 0 ? StateChange.RefreshForB(summed) : summed;
    }
}
