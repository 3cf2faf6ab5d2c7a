using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A weight in the engine's precision.</summary>
internal sealed class DenseMatrix : FrozenMatrix
{
    private readonly Tensor values;

    /// <param name="values">d_out x d_in; owned by this object from now on.</param>
    public DenseMatrix(Tensor values)
        : base(nameof(DenseMatrix))
    {
        this.values = values.DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor Values(ScalarType type) => values.dtype == type ? values.alias() : values.to(type);
}
