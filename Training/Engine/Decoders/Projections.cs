using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>Queries, keys and values of a batch, or their gradients.</summary>
/// <param name="query">q x query width; where fused, t rows.</param>
/// <param name="key">t x key width.</param>
/// <param name="value">t x value width.</param>
/// <param name="isFused">
/// True where one linear layer gives all three side by side, so that there is a query for every token.
/// </param>
internal readonly unsafe struct Projections(MatrixRef query, MatrixRef key, MatrixRef value, bool isFused)
{
    public readonly MatrixRef Query = query;
    public readonly MatrixRef Key = key;
    public readonly MatrixRef Value = value;

    /// <summary>Row of an example's first wanted query.</summary>
    public int QueryRow(in QueryRows queries, int example) =>
        isFused ? queries.Origins[example] : queries.Starts[example];
}
