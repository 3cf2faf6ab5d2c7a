using FedLowRank.Aggregation.Adapters;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.LowRank;

/// <summary>
/// What a round adds to one frozen linear layer: s B R A x, with A of r x d_in, B of d_out x r, s = alpha / r and R of
/// r x r, the identity unless the adapter holds it or the round trains it; and the exact change of the weights, L R',
/// where there is one. All in F32.
/// </summary>
internal sealed class LowRankPath : IDisposable
{
    private readonly AdapterTensor a;
    private readonly AdapterTensor b;
    private readonly AdapterTensor? inner;
    private readonly float scale;
    private readonly Tensor? changeLeft;
    private readonly Tensor? changeRight;

    public LowRankPath(AdapterTensors tensors, LoraFactors factors)
    {
        var shape = factors.Shape;
        a = tensors.Get(shape.A, factors.A);
        b = tensors.Get(shape.B, factors.B);
        inner = tensors.Trains(shape.Inner) || !factors.Inner.IsEmpty ? tensors.Get(shape.Inner, factors.Inner) : null;
        scale = (float)shape.Scale;
        if (factors.Change is { } change)
        {
            changeLeft = tensors.Frozen(change.Left.Values, change.Left.Rows, change.Left.Columns);
            changeRight = tensors.Frozen(change.Right.Values, change.Right.Rows, change.Right.Columns);
        }
    }

    /// <summary>The tensors that the round trains.</summary>
    public IEnumerable<AdapterTensor> Trained =>
        new[] { a, b, inner }.OfType<AdapterTensor>().Where(t => t.IsTrained);

    /// <summary>F32 values that the graph keeps of one token.</summary>
    public long KeptValuesPerToken => (3L * a.Spec.Rows) + (a.IsTrained ? a.Spec.Columns : 0);

    /// <summary>What is added to the layer's output.</summary>
    /// <param name="x">n x tokens x d_in.</param>
    /// <returns>n x tokens x d_out, F32.</returns>
    public Tensor Added(Tensor x)
    {
        var wide = x.to(ScalarType.Float32);
        var low = wide.matmul(a.Transposed);
        if (inner != null)
        {
            low = Between(low, inner);
        }

        var added = low.mul(scale).matmul(b.Transposed);
        return changeLeft is null
            ? added
            : added.add(wide.matmul(changeRight!.t()).matmul(changeLeft.t()));
    }

    /// <summary>
    /// x R^T. An odd rank is filled up with a zero: R's gradients of several examples lie one behind another, and where
    /// one begins at an odd place in memory its sums may be taken in another order.
    /// </summary>
    private static Tensor Between(Tensor x, AdapterTensor inner)
    {
        var rank = inner.Spec.Rows;
        return rank % 2 == 0
            ? x.matmul(inner.Transposed)
            : functional.pad(x, [0, 1]).matmul(functional.pad(inner.Transposed, [0, 1, 0, 1])).narrow(-1, 0, rank);
    }

    /// <summary>Frees the change; the tensors belong to the adapter.</summary>
    public void Dispose()
    {
        changeLeft?.Dispose();
        changeRight?.Dispose();
    }
}
