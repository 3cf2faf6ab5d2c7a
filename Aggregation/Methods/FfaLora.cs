using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FFA-LoRA (arXiv 2403.12313): A stays at its start for ever and every round trains B,
/// B &lt;- B + sum_k p_k dB_k with p_k = w_k / sum w. As <c>ffa-orthonormal</c> it insists on a start with orthonormal
/// rows of A, which bounds the gradient of B by that of the layer's output.
/// </summary>
/// <remarks>
/// <para>Exact: sum p_k (B_k A) = (sum p_k B_k) A.</para>
/// <para>Sent per layer and agent: up r d_out, down r d_out; A once, or from the seed.</para>
/// <para>Differential privacy: suits; noise on B enters B A linearly. Secure aggregation: suits.</para>
/// <para>With plain SGD, <c>ffa-orthonormal</c> learns the same B A as <c>fedsvd</c> on the same start.</para>
/// </remarks>
public sealed class FfaLora(bool isOrthonormal = false) : IFederatedMethod
{
    /// <summary>Name of the variant whose A must start with orthonormal rows.</summary>
    public const string OrthonormalName = "ffa-orthonormal";

    /// <inheritdoc/>
    public string Name => isOrthonormal ? OrthonormalName : "ffa";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => true;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
        => new(DownValues: shape.B.Count, UpValues: shape.B.Count);

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round) => StateChange.Trainables(state, s => [s.B]);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The updates are in another layout, or A has to be orthonormal and is not.
    /// </exception>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
    {
        if (isOrthonormal && state.Layers.FirstOrDefault(l => !IsOrthonormal(l)) is { } layer)
        {
            throw new ArgumentException($"{layer.Shape.A.Name} has no orthonormal rows", nameof(state));
        }

        return StateChange.AddMean(state, updates, Trainables(state, round));
    }

    private static bool IsOrthonormal(LoraFactors layer)
        => FactorRefresh.OrthonormalityError(Factors.A(layer)) <= FactorRefresh.OrthonormalTolerance;
}
