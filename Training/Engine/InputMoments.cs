using FedLowRank.Aggregation.Refresh;
using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>Sums x x^T over the input rows x of chosen linear layers: products in F32, sums in float64.</summary>
internal sealed unsafe class InputMoments(GemmKernel kernel, IEnumerable<FrozenLinear> linears)
    : ILinearObserver, IDisposable
{
    private readonly Dictionary<FrozenLinear, Moment> moments = linears.ToDictionary(l => l, l => new Moment(l));
    private readonly AlignedBuffer product = new();
    private readonly PackedMatrix packed = new(kernel);

    /// <inheritdoc/>
    public void OnInput(FrozenLinear linear, MatrixRef x, int rows)
    {
        if (!moments.TryGetValue(linear, out var moment))
        {
            return;
        }

        var width = linear.InputWidth;
        var gram = new MatrixRef(product.Reserve((long)width * width), width);
        kernel.Multiply(x.Transposed, width, packed.Pack(x.Start, x.Stride, rows, width), gram);
        moment.Rows += rows;
        var sum = moment.Sum.Values;
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += gram.Start[i];
        }
    }

    /// <summary>
    /// The mean of each layer, by its name. F32 products are symmetric: both sides add the same terms.
    /// </summary>
    public IReadOnlyDictionary<string, Matrix> Means()
    {
        foreach (var moment in moments.Values)
        {
            foreach (ref var value in moment.Sum.Values.AsSpan())
            {
                value /= moment.Rows;
            }
        }

        return moments.ToDictionary(m => m.Key.Module.Name, m => m.Value.Sum, StringComparer.Ordinal);
    }

    public void Dispose()
    {
        product.Dispose();
        packed.Dispose();
    }

    private sealed class Moment(FrozenLinear linear)
    {
        public Matrix Sum { get; } = new(linear.InputWidth, linear.InputWidth);

        public long Rows { get; set; }
    }
}
