using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>A linear layer with its low-rank path, in both directions. One object for each worker: it holds scratch.</summary>
internal sealed unsafe class LinearPass(GemmKernel kernel) : IDisposable
{
    private readonly AlignedBuffer upGradient = new();
    private readonly AlignedBuffer downGradient = new();

    /// <summary>y = W x + b + s B R A x, keeping A x and R A x.</summary>
    public void Forward(FrozenLinear linear, LowRankModule? module, LayerCache cache, float* x, int rows, float* y)
    {
        kernel.Multiply(x, linear.InputWidth, rows, linear.Forward, y, linear.OutputWidth, linear.Bias);
        if (module == null)
        {
            return;
        }

        var (down, inner) = cache.LowRankOf(linear);
        var low = down.Reserve((long)rows * module.Rank);
        kernel.Multiply(x, linear.InputWidth, rows, module.AForward, low, module.Rank);
        if (module.InnerForward != null)
        {
            var turned = inner.Reserve((long)rows * module.Rank);
            kernel.Multiply(low, module.Rank, rows, module.InnerForward, turned, module.Rank);
            low = turned;
        }

        kernel.Multiply(low, module.Rank, rows, module.BForward, y, linear.OutputWidth, accumulate: true);
    }

    /// <summary>
    /// Writes each example's gradients of the trained factors into its row, and adds the gradient of x to
    /// <paramref name="dx"/> unless that is null.
    /// </summary>
    /// <param name="linear">The layer.</param>
    /// <param name="module">Its low-rank path, or null.</param>
    /// <param name="cache">What the forward pass kept.</param>
    /// <param name="x">Rows x d_in: the layer's input.</param>
    /// <param name="dy">Rows x d_out: gradient of its output.</param>
    /// <param name="starts">First row of each example, and the number of rows.</param>
    /// <param name="gradients">Where the examples' gradient rows go.</param>
    /// <param name="dx">Rows x d_in, added to; or null.</param>
    public void Backward(
        FrozenLinear linear, LowRankModule? module, LayerCache cache, float* x, float* dy, ReadOnlySpan<int> starts,
        GradientRows gradients, float* dx)
    {
        var rows = starts[^1];
        if (dx != null)
        {
            kernel.Multiply(dy, linear.OutputWidth, rows, linear.Backward, dx, linear.InputWidth, accumulate: true);
        }

        if (module == null)
        {
            return;
        }

        var (down, inner) = cache.LowRankOf(linear);
        var rank = module.Rank;
        if (module.OffsetB >= 0)
        {
            var low = module.InnerForward == null ? down.Pointer : inner.Pointer;
            gradients.Write(module.OffsetB, dy, linear.OutputWidth, low, rank, starts, module.Scale, transposed: false);
        }

        if (dx == null && module.OffsetA < 0 && module.OffsetInner < 0)
        {
            return;
        }

        var up = upGradient.Reserve((long)rows * rank);
        kernel.Multiply(dy, linear.OutputWidth, rows, module.BBackward, up, rank);
        if (module.InnerBackward != null)
        {
            gradients.Write(module.OffsetInner, up, rank, down.Pointer, rank, starts, 1, transposed: false);
            var turned = downGradient.Reserve((long)rows * rank);
            kernel.Multiply(up, rank, rows, module.InnerBackward, turned, rank);
            up = turned;
        }

        if (module.OffsetA >= 0)
        {
            gradients.Write(module.OffsetA, x, linear.InputWidth, up, rank, starts, 1, transposed: true);
        }

        if (dx != null)
        {
            kernel.Multiply(up, rank, rows, module.ABackward, dx, linear.InputWidth, accumulate: true);
        }
    }

    public void Dispose()
    {
        upGradient.Dispose();
        downGradient.Dispose();
    }
}
