using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Quantization;

namespace FedLowRank.Training.Engine;

/// <summary>
/// A frozen linear layer y = x W^T + b, with W (d_out x d_in) either in F32, packed once for each direction, or
/// quantised, and then nowhere else.
/// </summary>
internal sealed unsafe class FrozenLinear : IDisposable
{
    private readonly AlignedBuffer bias;

    /// <param name="kernel">Whose panels the weights are packed in.</param>
    /// <param name="source">The model's weights.</param>
    /// <param name="module">Name as adapters call it, and widths.</param>
    /// <param name="file">Name in the files.</param>
    /// <param name="format">How to keep W.</param>
    /// <param name="hasBias">False where b is 0 and not in the files.</param>
    /// <param name="isTransposed">True where the files hold W^T, d_in x d_out (GPT-2's Conv1D).</param>
    public FrozenLinear(
        GemmKernel kernel, IWeightSource source, LinearModule module, string file, WeightFormat format,
        bool hasBias = true, bool isTransposed = false)
    {
        Module = module;
        int[] shape = isTransposed ? [InputWidth, OutputWidth] : [OutputWidth, InputWidth];
        if (hasBias)
        {
            source.Require(file + ".bias", [OutputWidth]);
        }

        source.Require(file + ".weight", shape);
        bias = new AlignedBuffer(OutputWidth + kernel.PanelWidth);
        if (hasBias)
        {
            source.ReadFloats(file + ".bias", [OutputWidth], new Span<float>(bias.Pointer, OutputWidth));
        }

        using var weight = new AlignedBuffer((long)InputWidth * OutputWidth);
        var values = new Span<float>(weight.Pointer, checked(InputWidth * OutputWidth));
        source.ReadFloats(file + ".weight", shape, values);
        if (format == WeightFormat.Full)
        {
            Packed = Pack(kernel, weight.Pointer, isTransposed);
        }
        else
        {
            Quantized = QuantizedMatrix.Quantize(
                isTransposed ? Transposed(values) : values, OutputWidth, InputWidth, format);
        }
    }

    /// <summary>Name, d_in and d_out.</summary>
    public LinearModule Module { get; }

    public int InputWidth => Module.InputWidth;

    public int OutputWidth => Module.OutputWidth;

    /// <summary>W in F32, or null where it is quantised.</summary>
    public PackedWeights? Packed { get; }

    /// <summary>W quantised, or null where it is in F32.</summary>
    public QuantizedMatrix? Quantized { get; }

    public float* Bias => bias.Pointer;

    /// <summary>W, d_out x d_in, as the layer computes with it.</summary>
    public Matrix Weight()
    {
        var weight = new Matrix(OutputWidth, InputWidth);
        var row = new float[InputWidth];
        for (var i = 0; i < OutputWidth; i++)
        {
            if (Quantized != null)
            {
                Quantized.DequantizeRows(i, 1, row);
            }
            else
            {
                fixed (float* target = row)
                {
                    Packed!.Backward.CopyRow(i, target);
                }
            }

            var values = weight.Row(i);
            for (var j = 0; j < row.Length; j++)
            {
                values[j] = row[j];
            }
        }

        return weight;
    }

    public void Dispose()
    {
        bias.Dispose();
        Packed?.Dispose();
    }

    private PackedWeights Pack(GemmKernel kernel, float* weight, bool isTransposed)
    {
        var packed = new PackedWeights(kernel);
        if (isTransposed)
        {
            packed.Forward.Pack(weight, OutputWidth, InputWidth, OutputWidth);
            packed.Backward.PackTransposed(weight, OutputWidth, OutputWidth, InputWidth);
        }
        else
        {
            packed.Forward.PackTransposed(weight, InputWidth, InputWidth, OutputWidth);
            packed.Backward.Pack(weight, InputWidth, OutputWidth, InputWidth);
        }

        return packed;
    }

    /// <summary>W from W^T.</summary>
    private float[] Transposed(ReadOnlySpan<float> values)
    {
        var weight = new float[values.Length];
        for (var input = 0; input < InputWidth; input++)
        {
            for (var output = 0; output < OutputWidth; output++)
            {
                weight[(output * InputWidth) + input] = values[(input * OutputWidth) + output];
            }
        }

        return weight;
    }
}
