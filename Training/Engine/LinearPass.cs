using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// A linear layer with its low-rank path, in both directions. One object for each worker: it holds scratch.
/// </summary>
internal sealed unsafe class LinearPass(GemmKernel kernel) : IDisposable
{
    private readonly AlignedBuffer upGradient = new();
    private readonly AlignedBuffer downGradient = new();

    /// <summary>Sees every input of a forward pass, or null.</summary>
    public ILinearObserver? Observer { get; set; }

    /// <summary>y = (W + L R) x + b + s B R A x with the change L R of the weights, keeping A x and R A x.</summary>
    public void Forward(AdaptedLinear linear, LowRankCache cache, float* x, int rows, float* y)
    {
        var input = new MatrixRef(x, linear.Frozen.InputWidth);
        var output = new MatrixRef(y, linear.Frozen.OutputWidth);
        Observer?.OnInput(linear.Frozen, input, rows);
        kernel.Multiply(input, rows, linear.Frozen.Forward, output, linear.Frozen.Bias);
        if (linear.Change is { } change)
        {
            var narrow = Reserve(upGradient, rows, change.Rank);
            kernel.Multiply(input, rows, change.AForward, narrow);
            kernel.Multiply(narrow, rows, change.BForward, output, accumulate: true);
        }

        if (linear.LowRank is not { } lowRank)
        {
            return;
        }

        var (down, inner) = cache.Of(linear.Frozen);
        var low = Reserve(down, rows, lowRank.Rank);
        kernel.Multiply(input, rows, lowRank.AForward, low);
        if (lowRank.InnerForward != null)
        {
            var turned = Reserve(inner, rows, lowRank.Rank);
            kernel.Multiply(low, rows, lowRank.InnerForward, turned);
            low = turned;
        }

        kernel.Multiply(low, rows, lowRank.BForward, output, accumulate: true);
    }

    /// <summary>
    /// Writes each example's gradients of the trained factors into its row, and adds the gradient of x to
    /// <paramref name="dx"/> unless that is null.
    /// </summary>
    /// <param name="linear">The layer.</param>
    /// <param name="cache">What the forward pass kept.</param>
    /// <param name="x">Rows x d_in: the layer's input.</param>
    /// <param name="dy">Rows x d_out: gradient of its output.</param>
    /// <param name="starts">First row of each example, and the number of rows.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dx">Rows x d_in, added to; or null.</param>
    public void Backward(
        AdaptedLinear linear, LowRankCache cache, float* x, float* dy, ReadOnlySpan<int> starts, GradientRows gradients,
        float* dx)
    {
        var rows = starts[^1];
        var input = new MatrixRef(x, linear.Frozen.InputWidth);
        var output = new MatrixRef(dy, linear.Frozen.OutputWidth);
        var inputGradient = new MatrixRef(dx, linear.Frozen.InputWidth);
        if (dx != null)
        {
            kernel.Multiply(output, rows, linear.Frozen.Backward, inputGradient, accumulate: true);
            if (linear.Change is { } change)
            {
                var narrow = Reserve(upGradient, rows, change.Rank);
                kernel.Multiply(output, rows, change.BBackward, narrow);
                kernel.Multiply(narrow, rows, change.ABackward, inputGradient, accumulate: true);
            }
        }

        if (linear.LowRank is not { } lowRank)
        {
            return;
        }

        var (down, inner) = cache.Of(linear.Frozen);
        if (lowRank.OffsetB >= 0)
        {
            var low = new MatrixRef((lowRank.InnerForward == null ? down : inner).Pointer, lowRank.Rank);
            gradients.Write(lowRank.OffsetB, output, low, starts, lowRank.Scale, transposed: false);
        }

        if (dx == null && lowRank.OffsetA < 0 && lowRank.OffsetInner < 0)
        {
            return;
        }

        var up = Reserve(upGradient, rows, lowRank.Rank);
        kernel.Multiply(output, rows, lowRank.BBackward, up);
        if (lowRank.InnerBackward != null)
        {
            if (lowRank.OffsetInner >= 0)
            {
                var low = new MatrixRef(down.Pointer, lowRank.Rank);
                gradients.Write(lowRank.OffsetInner, up, low, starts, 1, transposed: false);
            }

            var turned = Reserve(downGradient, rows, lowRank.Rank);
            kernel.Multiply(up, rows, lowRank.InnerBackward, turned);
            up = turned;
        }

        if (lowRank.OffsetA >= 0)
        {
            gradients.Write(lowRank.OffsetA, input, up, starts, 1, transposed: true);
        }

        if (dx != null)
        {
            kernel.Multiply(up, rows, lowRank.ABackward, inputGradient, accumulate: true);
        }
    }

    public void Dispose()
    {
        upGradient.Dispose();
        downGradient.Dispose();
    }

    private static MatrixRef Reserve(AlignedBuffer buffer, int rows, int width) =>
        new(buffer.Reserve((long)rows * width), width);
}
