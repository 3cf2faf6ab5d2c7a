using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// Fed-SB (arXiv 2502.15436) on LoRA-SB's y = W x + s B R A x with s = alpha / r: A and B are orthonormal and frozen
/// for ever, and every round trains the r x r matrix R between them, R &lt;- R + sum_k p_k dR_k with p_k = w_k / sum w.
/// </summary>
/// <remarks>
/// <para>Exact: sum p_k B R_k A = B (sum p_k R_k) A. R starts at 0, so that the model starts unchanged
/// (<see cref="AdapterStart.WithInner"/>).</para>
/// <para>The published start takes A, B and R from an SVD of training gradients without noise, which spends privacy
/// that it does not count. Here A and B come from a start that says what it costs.</para>
/// <para>Sent per layer and agent: r^2 both ways; A and B once, or from the start's seed.</para>
/// <para>Differential privacy: suits; noise on R enters the product linearly and has the fewest dimensions of all
/// methods. Secure aggregation: suits.</para>
/// </remarks>
public sealed class FedSb : IFederatedMethod
{
    /// <summary>Name in configurations.</summary>
    public const string MethodName = "fed-sb";

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.WeightedSum;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => true;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round)
        => new(DownValues: shape.Inner.Count, UpValues: shape.Inner.Count);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A layer has no R.</exception>
    public TensorLayout Trainables(Adapter state, int round)
    {
        if (state.Layers.FirstOrDefault(l => l.Inner.IsEmpty) is { } layer)
        {
            throw new ArgumentException($"the adapter has no {layer.Shape.Inner.Name}", nameof(state));
        }

        return StateChange.Trainables(state, s => [s.Inner]);
    }

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
        => StateChange.AddMean(state, updates, Trainables(state, round));
}
