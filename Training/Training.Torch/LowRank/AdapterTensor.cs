using FedLowRank.Aggregation.Adapters;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.LowRank;

/// <summary>
/// One tensor of the adapter on the device, F32: frozen for the round, or a part of the trained flat vector. During a
/// backward pass a trained one is a leaf with a copy for each example (a view of stride 0, which takes no memory), so
/// that its gradient is every example's own.
/// </summary>
internal sealed class AdapterTensor : IDisposable
{
    private readonly Tensor shared;
    private Tensor? leaf;

    /// <param name="spec">Name and shape.</param>
    /// <param name="offset">Where it begins in the flat vector, or -1 where it is frozen.</param>
    /// <param name="values">Rows x columns; owned by this object from now on.</param>
    public AdapterTensor(TensorSpec spec, int offset, Tensor values)
    {
        Spec = spec;
        Offset = offset;
        shared = values.DetachFromDisposeScope();
    }

    /// <summary>Name and shape.</summary>
    public TensorSpec Spec { get; }

    /// <summary>Where it begins in the flat vector, or -1 where it is frozen.</summary>
    public int Offset { get; }

    public bool IsTrained => Offset >= 0;

    /// <summary>Rows x columns; n x rows x columns while it is a leaf.</summary>
    public Tensor Value => leaf ?? shared;

    /// <summary>The transpose of <see cref="Value"/>'s matrices.</summary>
    public Tensor Transposed => Value.transpose(-2, -1);

    /// <summary>Makes it a leaf for n examples, in the current dispose scope.</summary>
    public Tensor Split(int examples) =>
        leaf = shared.expand(examples, Spec.Rows, Spec.Columns).detach().requires_grad_();

    /// <summary>One matrix for all examples again.</summary>
    public void Join() => leaf = null;

    public void Dispose() => shared.Dispose();
}
