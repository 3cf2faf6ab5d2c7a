using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>The frozen weight of a linear layer, d_out x d_in, however it is held.</summary>
internal abstract class FrozenMatrix(string name) : Module(name)
{
    /// <summary>The weight as the layer computes with it, in the current dispose scope.</summary>
    /// <param name="type">F32 or BF16.</param>
    public abstract Tensor Values(ScalarType type);
}
