using FedLowRank.Aggregation.Refresh;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>A frozen linear layer y = x W^T + b, with W (d_out x d_in) packed once for each direction.</summary>
internal sealed unsafe class FrozenLinear : IDisposable
{
    private readonly AlignedBuffer bias;

    /// <param name="kernel">Whose panels the weights are packed in.</param>
    /// <param name="source">The model's weights.</param>
    /// <param name="module">Name as adapters call it, and widths.</param>
    /// <param name="file">Name in the files.</param>
    /// <param name="hasBias">False where b is 0 and not in the files.</param>
    /// <param name="isTransposed">True where the files hold W^T, d_in x d_out (GPT-2's Conv1D).</param>
    public FrozenLinear(
        GemmKernel kernel, IWeightSource source, LinearModule module, string file, bool hasBias = true,
        bool isTransposed = false)
    {
        var (inputWidth, outputWidth) = (module.InputWidth, module.OutputWidth);
        Module = module;
        int[] shape = isTransposed ? [inputWidth, outputWidth] : [outputWidth, inputWidth];
        if (hasBias)
        {
            source.Require(file + ".bias", [outputWidth]);
        }

        source.Require(file + ".weight", shape);
        bias = new AlignedBuffer(outputWidth + kernel.PanelWidth);
        if (hasBias)
        {
            source.ReadFloats(file + ".bias", [outputWidth], new Span<float>(bias.Pointer, outputWidth));
        }

        using var weight = new AlignedBuffer((long)inputWidth * outputWidth);
        var values = new Span<float>(weight.Pointer, checked(inputWidth * outputWidth));
        source.ReadFloats(file + ".weight", shape, values);
        (Forward, Backward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        if (isTransposed)
        {
            Forward.Pack(weight.Pointer, outputWidth, inputWidth, outputWidth);
            Backward.PackTransposed(weight.Pointer, outputWidth, outputWidth, inputWidth);
        }
        else
        {
            Forward.PackTransposed(weight.Pointer, inputWidth, inputWidth, outputWidth);
            Backward.Pack(weight.Pointer, inputWidth, outputWidth, inputWidth);
        }
    }

    /// <summary>Name, d_in and d_out.</summary>
    public LinearModule Module { get; }

    public int InputWidth => Module.InputWidth;

    public int OutputWidth => Module.OutputWidth;

    /// <summary>W^T, d_in x d_out.</summary>
    public PackedMatrix Forward { get; }

    /// <summary>W, d_out x d_in.</summary>
    public PackedMatrix Backward { get; }

    public float* Bias => bias.Pointer;

    /// <summary>W, d_out x d_in: the product of the identity and the packed weights, which is exact.</summary>
    public Matrix Weight(GemmKernel kernel)
    {
        using var identity = new AlignedBuffer((long)OutputWidth * OutputWidth);
        using var product = new AlignedBuffer((long)OutputWidth * InputWidth);
        for (var i = 0; i < OutputWidth; i++)
        {
            identity.Pointer[((long)i * OutputWidth) + i] = 1;
        }

        kernel.Multiply(
            new MatrixRef(identity.Pointer, OutputWidth), OutputWidth, Backward,
            new MatrixRef(product.Pointer, InputWidth));
        var weight = new Matrix(OutputWidth, InputWidth);
        for (var i = 0; i < weight.Values.Length; i++)
        {
            weight.Values[i] = product.Pointer[i];
        }

        return weight;
    }

    public void Dispose()
    {
        bias.Dispose();
        Forward.Dispose();
        Backward.Dispose();
    }
}
