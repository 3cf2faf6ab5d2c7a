using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Quantization;

namespace FedLowRank.Training.Engine;

/// <summary>
/// Where one worker unpacks the quantised layer that it is about to use: room for the largest in F32, and none where no
/// layer is quantised.
/// </summary>
internal sealed unsafe class WeightScratch(GemmKernel kernel) : IDisposable
{
    private readonly PackedMatrix packed = new(kernel);
    private readonly AlignedBuffer rows = new();

    /// <summary>W^T, d_in x d_out; the caller may change it, and has it until the next call.</summary>
    public PackedMatrix Forward(QuantizedMatrix weight)
    {
        packed.Reshape(weight.Columns, weight.Rows);
        for (var row = 0; row < weight.Rows; row += BlockTranspose.Size)
        {
            var count = Math.Min(BlockTranspose.Size, weight.Rows - row);
            packed.SetColumns(row, Unpack(weight, row, count), weight.Columns);
        }

        return packed;
    }

    /// <summary>W, d_out x d_in; the caller may change it, and has it until the next call.</summary>
    public PackedMatrix Backward(QuantizedMatrix weight)
    {
        packed.Reshape(weight.Rows, weight.Columns);
        for (var row = 0; row < weight.Rows; row++)
        {
            packed.SetRow(row, Unpack(weight, row, 1));
        }

        return packed;
    }

    public void Dispose()
    {
        packed.Dispose();
        rows.Dispose();
    }

    private float* Unpack(QuantizedMatrix weight, int first, int count)
    {
        var target = rows.Reserve((long)count * weight.Columns);
        weight.DequantizeRows(first, count, new Span<float>(target, count * weight.Columns));
        return target;
    }
}
