using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// A linear layer as the round computes it: its weights with the change and the low-rank path added to them,
/// W + L R' + s B R A, packed for both directions. The sum costs as much as r tokens, and saves every token the path
/// beside the weights. A layer with nothing beside it uses the frozen weights. Of quantised weights no sum is kept: it
/// is made anew whenever it is used, in the worker's scratch, term by term as the kept one.
/// </summary>
internal sealed class AdaptedLinear : IDisposable
{
    private readonly LowRankModule? change;
    private readonly PackedWeights? still;
    private readonly PackedWeights? sum;

    /// <param name="kernel">Whose panels the weights are packed in.</param>
    /// <param name="frozen">W and the bias.</param>
    /// <param name="lowRank">s B R A, or null.</param>
    /// <param name="change">L R' as a path of scale 1, which no round trains, or null.</param>
    public AdaptedLinear(GemmKernel kernel, FrozenLinear frozen, LowRankModule? lowRank, LowRankModule? change)
    {
        Frozen = frozen;
        LowRank = lowRank;
        this.change = change;
        if (frozen.Packed is { } packed)
        {
            still = change == null ? packed : new PackedWeights(kernel).BecomeSum(packed, change);
            sum = lowRank == null ? still : new PackedWeights(kernel).BecomeSum(still, lowRank);
        }
    }

    /// <summary>The layer without what the round adds.</summary>
    public FrozenLinear Frozen { get; }

    /// <summary>The low-rank path, or null.</summary>
    public LowRankModule? LowRank { get; }

    /// <summary>The transposed sum, d_in x d_out; it may lie in the scratch.</summary>
    public PackedMatrix Forward(WeightScratch scratch)
    {
        if (sum != null)
        {
            return sum.Forward;
        }

        var weights = scratch.Forward(Frozen.Quantized!);
        change?.AddToForward(weights);
        LowRank?.AddToForward(weights);
        return weights;
    }

    /// <summary>The sum, d_out x d_in; it may lie in the scratch.</summary>
    public PackedMatrix Backward(WeightScratch scratch)
    {
        if (sum != null)
        {
            return sum.Backward;
        }

        var weights = scratch.Backward(Frozen.Quantized!);
        change?.AddToBackward(weights);
        LowRank?.AddToBackward(weights);
        return weights;
    }

    /// <summary>Takes the trained factors from the flat parameters.</summary>
    public void Update(ReadOnlySpan<float> parameters)
    {
        if (LowRank?.Update(parameters) == true)
        {
            sum?.BecomeSum(still!, LowRank);
        }
    }

    public void Dispose()
    {
        LowRank?.Dispose();
        change?.Dispose();
        foreach (var weights in (ReadOnlySpan<PackedWeights?>)[still, sum])
        {
            if (weights != Frozen.Packed)
            {
                weights?.Dispose();
            }
        }
    }
}
