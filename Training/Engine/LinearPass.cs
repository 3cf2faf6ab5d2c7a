using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// An adapted linear layer, in both directions. One object for each worker: it holds scratch.
/// </summary>
internal sealed unsafe class LinearPass(GemmKernel kernel) : IDisposable
{
    private readonly AlignedBuffer down = new();
    private readonly AlignedBuffer turned = new();
    private readonly AlignedBuffer up = new();
    private readonly WeightScratch scratch = new(kernel);

    /// <summary>Sees every input of a forward pass, or null.</summary>
    public ILinearObserver? Observer { get; set; }

    /// <summary>
    /// The transposed weights that the round adapted, d_in x d_out; valid until the next call on this object.
    /// </summary>
    public PackedMatrix ForwardOf(AdaptedLinear linear) => linear.Forward(scratch);

    /// <summary>
    /// The weights that the round adapted, d_out x d_in; valid until the next call on this object.
    /// </summary>
    public PackedMatrix BackwardOf(AdaptedLinear linear) => linear.Backward(scratch);

    /// <summary>y = W' x + b with the weights that the round adapted.</summary>
    public void Forward(AdaptedLinear linear, float* x, int rows, float* y)
    {
        var input = new MatrixRef(x, linear.Frozen.InputWidth);
        Observer?.OnInput(linear.Frozen, input, rows);
        kernel.Multiply(
            input, rows, ForwardOf(linear), new MatrixRef(y, linear.Frozen.OutputWidth), linear.Frozen.Bias);
    }

    /// <summary>
    /// Writes each example's gradients of the trained factors into its row, and the gradient of x to
    /// <paramref name="dx"/> unless that is null.
    /// </summary>
    /// <param name="linear">The layer.</param>
    /// <param name="x">Rows x d_in: the layer's input.</param>
    /// <param name="dy">Rows x d_out: gradient of its output.</param>
    /// <param name="starts">First row of each example, and the number of rows.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dx">Rows x d_in, or null.</param>
    /// <param name="accumulate">Add to dx instead of overwriting it.</param>
    public void Backward(
        AdaptedLinear linear, float* x, float* dy, ReadOnlySpan<int> starts, GradientRows gradients, float* dx,
        bool accumulate = false)
    {
        Gradients(linear, x, dy, starts, gradients);
        if (dx != null)
        {
            kernel.Multiply(
                new MatrixRef(dy, linear.Frozen.OutputWidth), starts[^1], BackwardOf(linear),
                new MatrixRef(dx, linear.Frozen.InputWidth), accumulate: accumulate);
        }
    }

    /// <summary>As <see cref="Backward"/>, without the gradient of x.</summary>
    public void Gradients(
        AdaptedLinear linear, float* x, float* dy, ReadOnlySpan<int> starts, GradientRows gradients)
    {
        if (linear.LowRank is { IsTrained: true } lowRank)
        {
            Write(
                lowRank, new MatrixRef(x, linear.Frozen.InputWidth), new MatrixRef(dy, linear.Frozen.OutputWidth),
                starts, gradients);
        }
    }

    public void Dispose()
    {
        down.Dispose();
        turned.Dispose();
        up.Dispose();
        scratch.Dispose();
    }

    /// <summary>
    /// With g = s B^T dy for each token: dB = s dy (R A x)^T, dR = g (A x)^T and dA = R^T g x^T, summed over the
    /// example's tokens.
    /// </summary>
    private void Write(
        LowRankModule lowRank, MatrixRef x, MatrixRef dy, ReadOnlySpan<int> starts, GradientRows gradients)
    {
        var (rows, rank) = (starts[^1], lowRank.Rank);
        if (lowRank.OffsetB >= 0 || lowRank.OffsetInner >= 0)
        {
            kernel.Multiply(x, rows, lowRank.AForward, Reserve(down, rows, rank));
        }

        if (lowRank.OffsetB >= 0)
        {
            var low = new MatrixRef(down.Pointer, rank);
            if (lowRank.InnerForward != null)
            {
                low = Reserve(turned, rows, rank);
                kernel.Multiply(new MatrixRef(down.Pointer, rank), rows, lowRank.InnerForward, low);
            }

            gradients.Write(lowRank.OffsetB, dy, low, starts, lowRank.Scale, transposed: false);
        }

        if (lowRank.OffsetInner < 0 && lowRank.OffsetA < 0)
        {
            return;
        }

        var g = Reserve(up, rows, rank);
        kernel.Multiply(dy, rows, lowRank.BBackward, g);
        if (lowRank.OffsetInner >= 0)
        {
            gradients.Write(lowRank.OffsetInner, g, new MatrixRef(down.Pointer, rank), starts, 1, transposed: false);
        }

        if (lowRank.OffsetA < 0)
        {
            return;
        }

        if (lowRank.InnerBackward != null)
        {
            var back = Reserve(turned, rows, rank);
            kernel.Multiply(g, rows, lowRank.InnerBackward, back);
            g = back;
        }

        gradients.Write(lowRank.OffsetA, x, g, starts, 1, transposed: true);
    }

    private static MatrixRef Reserve(AlignedBuffer buffer, int rows, int width) =>
        new(buffer.Reserve((long)rows * width), width);
}
