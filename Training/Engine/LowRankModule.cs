using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// The low-rank path beside one frozen linear layer: y += s B R A x, with A of r x d_in, B of d_out x r, s = alpha / r
/// and R of r x r, the identity unless the adapter holds it or the round trains it. Packed for both directions; shared
/// by all workers.
/// </summary>
internal sealed unsafe class LowRankModule : IDisposable
{
    private readonly ParameterTensor a;
    private readonly ParameterTensor b;
    private readonly ParameterTensor? inner;

    public LowRankModule(GemmKernel kernel, Func<TensorSpec, ParameterTensor?> trained, LoraFactors factors)
    {
        var shape = factors.Shape;
        Shape = shape;
        a = trained(shape.A) ?? ParameterTensor.Frozen(shape.A, factors.A);
        b = trained(shape.B) ?? ParameterTensor.Frozen(shape.B, factors.B);
        inner = trained(shape.Inner)
            ?? (factors.Inner.IsEmpty ? null : ParameterTensor.Frozen(shape.Inner, factors.Inner));
        (AForward, ABackward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        (BForward, BBackward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        if (inner != null)
        {
            (InnerForward, InnerBackward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        }

        PackA();
        PackB();
        PackInner();
    }

    public LoraShape Shape { get; }

    public int Rank => Shape.Rank;

    public float Scale => (float)Shape.Scale;

    /// <summary>A^T, d_in x r.</summary>
    public PackedMatrix AForward { get; }

    /// <summary>A, r x d_in.</summary>
    public PackedMatrix ABackward { get; }

    /// <summary>s B^T, r x d_out.</summary>
    public PackedMatrix BForward { get; }

    /// <summary>s B, d_out x r.</summary>
    public PackedMatrix BBackward { get; }

    /// <summary>R^T, or null where R is the identity.</summary>
    public PackedMatrix? InnerForward { get; }

    /// <summary>R, or null where R is the identity.</summary>
    public PackedMatrix? InnerBackward { get; }

    /// <summary>Where A's gradient begins in a row of trainables, or -1 where A is frozen.</summary>
    public int OffsetA => a.Offset;

    /// <inheritdoc cref="OffsetA"/>
    public int OffsetB => b.Offset;

    /// <inheritdoc cref="OffsetA"/>
    public int OffsetInner => inner?.Offset ?? -1;

    public bool IsTrained => OffsetA >= 0 || OffsetB >= 0 || OffsetInner >= 0;

    /// <summary>Takes the trained factors from the flat parameters.</summary>
    public void Update(ReadOnlySpan<float> parameters)
    {
        if (a.Update(parameters))
        {
            PackA();
        }

        if (b.Update(parameters))
        {
            PackB();
        }

        if (inner?.Update(parameters) == true)
        {
            PackInner();
        }
    }

    public void Dispose()
    {
        AForward.Dispose();
        ABackward.Dispose();
        BForward.Dispose();
        BBackward.Dispose();
        InnerForward?.Dispose();
        InnerBackward?.Dispose();
    }

    /// <summary>A change of the frozen weights, as a path of scale 1 that no round trains.</summary>
    public static LowRankModule Frozen(GemmKernel kernel, LoraShape shape, BaseChange change)
    {
        var pair = new LoraShape(shape.Module, shape.InputWidth, shape.OutputWidth, change.Rank, change.Rank);
        return new LowRankModule(kernel, _ => null, new LoraFactors(pair, change.Right.Values, change.Left.Values));
    }

    private void PackInner()
    {
        if (inner != null)
        {
            fixed (float* values = inner.Values)
            {
                InnerForward!.PackTransposed(values, Rank, Rank, Rank);
                InnerBackward!.Pack(values, Rank, Rank, Rank);
            }
        }
    }

    private void PackA()
    {
        fixed (float* values = a.Values)
        {
            AForward.PackTransposed(values, Shape.InputWidth, Shape.InputWidth, Rank);
            ABackward.Pack(values, Shape.InputWidth, Rank, Shape.InputWidth);
        }
    }

    private void PackB()
    {
        fixed (float* values = b.Values)
        {
            BForward.PackTransposed(values, Rank, Rank, Shape.OutputWidth, Scale);
            BBackward.Pack(values, Rank, Shape.OutputWidth, Rank, Scale);
        }
    }
}
