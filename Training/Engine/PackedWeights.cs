using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>The weights of a linear layer in F32, packed for both directions.</summary>
internal sealed class PackedWeights(GemmKernel kernel) : IDisposable
{
    /// <summary>W^T, d_in x d_out.</summary>
    public PackedMatrix Forward { get; } = new(kernel);

    /// <summary>W, d_out x d_in.</summary>
    public PackedMatrix Backward { get; } = new(kernel);

    /// <summary>Becomes the sum of other weights and a low-rank path.</summary>
    public PackedWeights BecomeSum(PackedWeights start, LowRankModule added)
    {
        Forward.CopyFrom(start.Forward);
        Backward.CopyFrom(start.Backward);
        added.AddToForward(Forward);
        added.AddToBackward(Backward);
        return this;
    }

    public void Dispose()
    {
        Forward.Dispose();
        Backward.Dispose();
    }
}
