using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// A linear layer as the round computes it: its weights with the change and the low-rank path added to them,
/// W + L R' + s B R A, packed for both directions. The sum costs as much as r tokens, and saves every token the path
/// beside the weights. A layer with nothing beside it uses the frozen weights.
/// </summary>
internal sealed class AdaptedLinear : IDisposable
{
    private readonly GemmKernel kernel;
    private readonly Weights still;
    private readonly Weights sum;

    /// <param name="kernel">Whose panels the weights are packed in.</param>
    /// <param name="frozen">W and the bias.</param>
    /// <param name="lowRank">s B R A, or null.</param>
    /// <param name="change">L R' as a path of scale 1, which no round trains, or null.</param>
    public AdaptedLinear(GemmKernel kernel, FrozenLinear frozen, LowRankModule? lowRank, LowRankModule? change)
    {
        this.kernel = kernel;
        Frozen = frozen;
        LowRank = lowRank;
        still = new Weights(frozen.Forward, frozen.Backward);
        if (change != null)
        {
            still = Sum(still, change, new Weights(new PackedMatrix(kernel), new PackedMatrix(kernel)));
        }

        sum = lowRank == null ? still : Sum(still, lowRank, new Weights(new(kernel), new(kernel)));
    }

    /// <summary>The layer without what the round adds.</summary>
    public FrozenLinear Frozen { get; }

    /// <summary>The low-rank path, or null.</summary>
    public LowRankModule? LowRank { get; }

    /// <summary>The transposed sum, d_in x d_out.</summary>
    public PackedMatrix Forward => sum.Forward;

    /// <summary>The sum, d_out x d_in.</summary>
    public PackedMatrix Backward => sum.Backward;

    /// <summary>Takes the trained factors from the flat parameters.</summary>
    public void Update(ReadOnlySpan<float> parameters)
    {
        if (LowRank?.Update(parameters) == true)
        {
            Sum(still, LowRank, sum);
        }
    }

    public void Dispose()
    {
        LowRank?.Dispose();
        foreach (var matrix in (ReadOnlySpan<PackedMatrix>)[still.Forward, still.Backward, sum.Forward, sum.Backward])
        {
            if (matrix != Frozen.Forward && matrix != Frozen.Backward)
            {
                matrix.Dispose();
            }
        }
    }

    private Weights Sum(Weights start, LowRankModule added, Weights target)
    {
        target.Forward.CopyFrom(start.Forward);
        target.Backward.CopyFrom(start.Backward);
        added.AddTo(kernel, target.Forward, target.Backward);
        return target;
    }

    private readonly record struct Weights(PackedMatrix Forward, PackedMatrix Backward);
}
