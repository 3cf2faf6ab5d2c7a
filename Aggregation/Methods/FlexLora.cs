using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// FlexLoRA (arXiv 2402.11505): M = sum p_k B_k A_k over agents of any ranks r_k, with p_k = w_k / sum w, then
/// U S V^T = svd(M), and the state becomes its best approximation of rank r: B &lt;- U_r S_r, A &lt;- V_r^T. An agent
/// of lower rank receives the first r_k directions, at the same alpha / r, and what it sends counts as rank r_k.
/// </summary>
/// <remarks>
/// <para>Not exact: what M has beyond rank r is lost (with one agent, or agents that agree, nothing is). An agent of
/// low rank knows nothing of the directions beyond its own, so the mean shrinks these by the agent's share.</para>
/// <para>Sent per layer and agent: r_k (d_in + d_out) both ways. Server cost: <see cref="DominantDirections"/> of the
/// stacked factors, O(K r^2 (d_in + d_out)) for each of its iterations; M is not formed.</para>
/// <para>Differential privacy: does not suit; noise on both factors enters as a product. Secure aggregation: does not
/// suit; the server needs each agent's factors.</para>
/// </remarks>
public sealed class FlexLora : IFederatedMethod
{
    /// <inheritdoc/>
    public string Name => "flexlora";

    /// <inheritdoc/>
    public ServerNeeds Needs => ServerNeeds.EachUpdate;

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
    /// <exception cref="ArgumentException">
    /// The updates are in another layout, or the single updates are missing.
    /// </exception>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates)
    {
        var mean = StateChange.AddMean(state, updates, Trainables(state, round));
        return new Adapter(state.Layers.Select(layer => Approximate(layer, updates)), mean.Head);
    }

    /// <summary>
    /// What a round lost to the cut: of the squared singular values of (alpha / r) M, over all layers together, the
    /// share beyond each layer's first r. 0: nothing.
    /// </summary>
    /// <remarks>
    /// The squares of M's elements add up to those of its singular values. M is looked at row by row, O(K r d_out d_in)
    /// steps for each layer.
    /// </remarks>
    /// <param name="before">The state that the agents started from.</param>
    /// <param name="updates">What they sent.</param>
    /// <param name="after">What <see cref="Advance"/> made of it.</param>
    /// <exception cref="ArgumentException">The single updates are missing.</exception>
    public static double TruncationLoss(Adapter before, RoundUpdates updates, Adapter after)
    {
        var (whole, kept) = (0.0, 0.0);
        foreach (var (layer, cut) in before.Layers.Zip(after.Layers))
        {
            var (b, a) = Stacked(layer, updates);
            var scale = layer.Shape.Scale * layer.Shape.Scale;
            var row = new double[a.Columns];
            for (var i = 0; i < b.Rows; i++)
            {
                Array.Clear(row);
                for (var k = 0; k < b.Columns; k++)
                {
                    FixedOrder.AddScaled(row, b[i, k], a.Row(k));
                }

                whole += scale * FixedOrder.Dot(row, row);
            }

            // The new A has orthonormal rows.
            kept += scale * FixedOrder.Dot(cut.B, cut.B);
        }

        // The difference of sums that agree may round to below zero.
        return whole == 0 ? 0 : Math.Max(0, (whole - kept) / whole);
    }

    private static LoraFactors Approximate(LoraFactors layer, RoundUpdates updates)
    {
        var (b, a) = Stacked(layer, updates);
        var directions = DominantDirections.OfProduct(b, a, layer.Shape.Rank);
        return layer.With(directions.Values, b.Times(a.Times(directions.Transposed())).Values);
    }

    /// <summary>B of d_out x K r and A of K r x d_in with M = B A.</summary>
    private static (Matrix B, Matrix A) Stacked(LoraFactors layer, RoundUpdates updates)
    {
        var agents = AgentFactors.Of(layer, updates)
            .Zip(updates.Each, (agent, update) => agent.Cut(Math.Min(layer.Shape.Rank, update.RankMax)))
            .ToList();
        return (AgentFactors.StackB(agents, scale: 1), AgentFactors.StackA(agents));
    }
}
