using FedLowRank.Training.Files;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>Brings frozen weights to the device, each checked against the shape that the configuration asks for.</summary>
/// <param name="source">The model's files.</param>
/// <param name="device">Where the weights go.</param>
/// <param name="precision">Of matrices; vectors stay F32.</param>
internal sealed class WeightReader(IWeightSource source, Device device, TorchPrecision precision)
{
    /// <summary>Of matrices and activations.</summary>
    public ScalarType Type { get; } =
        precision == TorchPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    public Device Device => device;

    public bool Contains(string name) => source.Contains(name);

    /// <summary>A matrix in the precision of the engine.</summary>
    public Tensor Matrix(string name, int rows, int columns) => Read(name, Type, rows, columns);

    /// <summary>The transpose of a matrix that the files hold as rows x columns.</summary>
    public Tensor Transposed(string name, int rows, int columns)
    {
        using var matrix = Matrix(name, rows, columns);
        using var turned = matrix.t();
        return turned.contiguous().DetachFromDisposeScope();
    }

    /// <summary>A vector, F32.</summary>
    public Tensor Vector(string name, int count) => Read(name, ScalarType.Float32, count);

    private Tensor Read(string name, ScalarType type, params ReadOnlySpan<int> shape)
    {
        source.Require(name, shape);
        var count = 1;
        var dimensions = new long[shape.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            dimensions[i] = shape[i];
            count = checked(count * shape[i]);
        }

        var values = GC.AllocateUninitializedArray<float>(count);
        source.ReadFloats(name, shape, values);
        return tensor(values, dimensions, type, device).DetachFromDisposeScope();
    }
}
