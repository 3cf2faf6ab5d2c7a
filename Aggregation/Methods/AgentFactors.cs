using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>One layer as one agent has it after its round, and the agent's share p in the mean.</summary>
internal sealed record AgentFactors(double Share, Matrix A, Matrix B)
{
    /// <summary>Every agent's factors of one layer: the start plus its difference.</summary>
    /// <exception cref="ArgumentException">The single updates are not there.</exception>
    public static List<AgentFactors> Of(LoraFactors layer, RoundUpdates updates)
    {
        if (updates.Each.IsEmpty)
        {
            throw new ArgumentException("the method needs each update by itself", nameof(updates));
        }

        var total = updates.Each.Sum(u => (double)u.Weight);
        return [.. updates.Each.Select(update => new AgentFactors(
            update.Weight / total,
            Trained(layer.Shape.A, Factors.A(layer), updates.Layout, update),
            Trained(layer.Shape.B, Factors.B(layer), updates.Layout, update)))];
    }

    /// <summary>[s p_1 B_1, ..., s p_K B_K] with s = <paramref name="scale"/>, side by side.</summary>
    public static Matrix StackB(IEnumerable<AgentFactors> agents, double scale)
        => Matrix.StackRows([.. agents.Select(agent =>
        {
            var scaled = agent.B.Transposed();
            FixedOrder.Scale(scaled.Values, scale * agent.Share);
            return scaled;
        })]).Transposed();

    /// <summary>[A_1; ...; A_K], one under the other.</summary>
    public static Matrix StackA(IEnumerable<AgentFactors> agents) => Matrix.StackRows([.. agents.Select(a => a.A)]);

    /// <summary>The first rows of A and columns of B.</summary>
    public AgentFactors Cut(int rank)
    {
        var (a, b) = (A, B.Transposed());
        return this with { A = FirstRows(a), B = FirstRows(b).Transposed() };

        Matrix FirstRows(Matrix matrix) => new(rank, matrix.Columns, matrix.Values[..(rank * matrix.Columns)]);
    }

    private static Matrix Trained(TensorSpec spec, Matrix start, TensorLayout layout, AgentUpdate update)
    {
        var difference = layout.Slice(update.Difference, layout.IndexOf(spec.Name));
        FixedOrder.AddScaled(start.Values, 1, difference);
        return start;
    }
}
