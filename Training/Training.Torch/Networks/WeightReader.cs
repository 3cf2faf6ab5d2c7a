using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Quantization;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Brings frozen weights to the device, each checked against the shape that the configuration asks for.
/// </summary>
/// <param name="source">The model's files.</param>
/// <param name="device">Where the weights go.</param>
/// <param name="options">How matrices are held; vectors are F32.</param>
internal sealed class WeightReader(IWeightSource source, Device device, TorchEngineOptions options)
{
    private readonly ScalarType type =
        options.Precision == TorchPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    public Device Device => device;

    public bool Contains(string name) => source.Contains(name);

    /// <summary>A matrix in the precision of the engine.</summary>
    public Tensor Matrix(string name, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        return Read(name, rows, columns).to(type, device).DetachFromDisposeScope();
    }

    /// <summary>A vector, F32.</summary>
    public Tensor Vector(string name, int count)
    {
        using var scope = NewDisposeScope();
        return Read(name, count).to(device).DetachFromDisposeScope();
    }

    /// <summary>The weight of a linear layer.</summary>
    /// <param name="module">Its widths.</param>
    /// <param name="name">Name in the files.</param>
    /// <param name="isTransposed">True where the files hold W^T, d_in x d_out.</param>
    /// <param name="mayQuantize">False for what stays in the engine's precision in every format.</param>
    public FrozenMatrix Linear(LinearModule module, string name, bool isTransposed, bool mayQuantize)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = isTransposed
            ? (module.InputWidth, module.OutputWidth)
            : (module.OutputWidth, module.InputWidth);
        var values = Read(name, rows, columns);
        if (isTransposed)
        {
            values = values.t().contiguous();
        }

        return !mayQuantize || options.Format == WeightFormat.Full
            ? new DenseMatrix(values.to(type, device))
            : new CodedMatrix(
                QuantizedMatrix.Quantize(
                    HostValues.Of(values), module.OutputWidth, module.InputWidth, options.Format),
                device);
    }

    /// <summary>A tensor in main memory, F32.</summary>
    private Tensor Read(string name, params ReadOnlySpan<int> shape)
    {
        source.Require(name, shape);
        var dimensions = new long[shape.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            dimensions[i] = shape[i];
        }

        var values = empty(dimensions, ScalarType.Float32);
        source.ReadFloats(name, shape, HostValues.Of(values));
        return values;
    }
}
