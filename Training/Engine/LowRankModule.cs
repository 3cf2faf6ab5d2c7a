using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// The low-rank path beside one frozen linear layer: y += s B R A x, with A of r x d_in, B of d_out x r, s = alpha / r
/// and R of r x r, the identity unless the adapter holds it or the round trains it. Shared by all workers.
/// </summary>
internal sealed unsafe class LowRankModule : IDisposable
{
    private readonly GemmKernel kernel;
    private readonly ParameterTensor a;
    private readonly ParameterTensor b;
    private readonly ParameterTensor? inner;
    private readonly AlignedBuffer scaledB = new();
    private readonly AlignedBuffer turnedA = new();
    private readonly PackedMatrix packedA;
    private readonly PackedMatrix packedB;

    public LowRankModule(GemmKernel kernel, Func<TensorSpec, ParameterTensor?> trained, LoraFactors factors)
    {
        this.kernel = kernel;
        var shape = factors.Shape;
        Shape = shape;
        a = trained(shape.A) ?? ParameterTensor.Frozen(shape.A, factors.A);
        b = trained(shape.B) ?? ParameterTensor.Frozen(shape.B, factors.B);
        inner = trained(shape.Inner)
            ?? (factors.Inner.IsEmpty ? null : ParameterTensor.Frozen(shape.Inner, factors.Inner));
        (packedA, packedB) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        (AForward, BBackward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        if (inner != null)
        {
            (InnerForward, InnerBackward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        }

        PackA();
        PackB();
        PackInner();
        PackProduct();
    }

    public LoraShape Shape { get; }

    public int Rank => Shape.Rank;

    public float Scale => (float)Shape.Scale;

    /// <summary>A^T, d_in x r.</summary>
    public PackedMatrix AForward { get; }

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

    /// <summary>Takes the trained factors from the flat parameters; false where nothing is trained.</summary>
    public bool Update(ReadOnlySpan<float> parameters)
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

        if (IsTrained)
        {
            PackProduct();
        }

        return IsTrained;
    }

    /// <summary>Adds s (B R A)^T to packed weights d_in x d_out. Any number of threads may.</summary>
    public void AddToForward(PackedMatrix forward)
    {
        fixed (float* values = a.Values)
        {
            var left = new MatrixRef(inner == null ? values : turnedA.Pointer, Shape.InputWidth);
            kernel.AddTo(forward, left.Transposed, packedB);
        }
    }

    /// <summary>Adds s B R A to packed weights d_out x d_in. Any number of threads may.</summary>
    public void AddToBackward(PackedMatrix backward) =>
        kernel.AddTo(backward, new MatrixRef(scaledB.Pointer, Rank), packedA);

    public void Dispose()
    {
        foreach (var part in (IDisposable?[])
            [scaledB, turnedA, packedA, packedB, AForward, BBackward, InnerForward, InnerBackward])
        {
            part?.Dispose();
        }
    }

    /// <summary>A change of the frozen weights, as a path of scale 1 that no round trains.</summary>
    public static LowRankModule Frozen(GemmKernel kernel, LoraShape shape, BaseChange change)
    {
        var pair = new LoraShape(shape.Module, shape.InputWidth, shape.OutputWidth, change.Rank, change.Rank);
        return new LowRankModule(kernel, _ => null, new LoraFactors(pair, change.Right.Values, change.Left.Values));
    }

    /// <summary>Makes R A and packs it.</summary>
    private void PackProduct()
    {
        var (width, rank) = (Shape.InputWidth, Rank);
        fixed (float* values = a.Values)
        {
            packedA.Pack(values, width, rank, width);
        }

        if (inner == null)
        {
            return;
        }

        var turned = new MatrixRef(turnedA.Reserve((long)rank * width), width);
        fixed (float* r = inner.Values)
        {
            kernel.Multiply(new MatrixRef(r, rank), rank, packedA, turned);
        }

        packedA.Pack(turned.Start, width, rank, width);
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
        }
    }

    private void PackB()
    {
        var scaled = scaledB.Reserve(b.Values.Length);
        fixed (float* values = b.Values)
        {
            RowMath.Scale(values, Scale, scaled, b.Values.Length);
        }

        packedB.PackTransposed(scaled, Rank, Rank, Shape.OutputWidth);
        BBackward.Pack(scaled, Rank, Shape.OutputWidth, Rank);
    }
}
