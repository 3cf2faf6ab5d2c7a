using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;

namespace FedLowRank.Training.Engine;

/// <summary>A frozen linear layer y = x W^T + b, with W (d_out x d_in) packed once for each direction.</summary>
internal sealed unsafe class FrozenLinear : IDisposable
{
    private readonly AlignedBuffer bias;

    public FrozenLinear(GemmKernel kernel, IWeightSource source, string name, string file, int inputWidth, int outputWidth)
    {
        Name = name;
        InputWidth = inputWidth;
        OutputWidth = outputWidth;
        bias = new AlignedBuffer(outputWidth + kernel.PanelWidth);
        source.ReadFloats(file + ".bias", [outputWidth], new Span<float>(bias.Pointer, outputWidth));
        using var weight = new AlignedBuffer((long)inputWidth * outputWidth);
        source.ReadFloats(file + ".weight", [outputWidth, inputWidth], new Span<float>(weight.Pointer, inputWidth * outputWidth));
        Forward = new PackedMatrix(kernel).PackTransposed(weight.Pointer, inputWidth, inputWidth, outputWidth);
        Backward = new PackedMatrix(kernel).Pack(weight.Pointer, inputWidth, outputWidth, inputWidth);
    }

    /// <summary>Name of the module in the model, as adapters call it.</summary>
    public string Name { get; }

    public int InputWidth { get; }

    public int OutputWidth { get; }

    /// <summary>W^T, d_in x d_out.</summary>
    public PackedMatrix Forward { get; }

    /// <summary>W, d_out x d_in.</summary>
    public PackedMatrix Backward { get; }

    public float* Bias => bias.Pointer;

    public void Dispose()
    {
        bias.Dispose();
        Forward.Dispose();
        Backward.Dispose();
    }
}
