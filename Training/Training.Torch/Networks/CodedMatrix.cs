using System.Runtime.InteropServices;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Quantization;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// A weight as codes and group scales on the device, unpacked whenever it is used: the values are those of
/// <see cref="QuantizedMatrix"/> to the bit. What is unpacked lives as long as its user's dispose scope or graph.
/// </summary>
internal sealed class CodedMatrix : FrozenMatrix
{
    /// <summary>
    /// Most bytes that a block takes while it is unpacked: its codes, widened to Int32, and its values in F32.
    /// </summary>
    internal const long UnpackingBytes = 2 * sizeof(int) * (long)BlockValuesMax;

    private const int BlockValuesMax = 1 << 22;

    private readonly Tensor codes;
    private readonly Tensor scales;
    private readonly Tensor? pairs;
    private readonly int rows;
    private readonly int columns;

    public CodedMatrix(QuantizedMatrix matrix, Device device)
        : base(nameof(CodedMatrix))
    {
        (rows, columns) = (matrix.Rows, matrix.Columns);
        var isEightBit = matrix.Format == WeightFormat.EightBit;
        // Filled up to whole groups, so that a row of codes is a row of groups.
        var groupBytes = isEightBit ? QuantizedMatrix.GroupSize : QuantizedMatrix.GroupSize / 2;
        var whole = new byte[checked(rows * matrix.GroupsPerRow * groupBytes)];
        for (var row = 0; row < rows; row++)
        {
            matrix.Codes.Span.Slice(row * matrix.BytesPerRow, matrix.BytesPerRow)
                .CopyTo(whole.AsSpan(row * matrix.GroupsPerRow * groupBytes));
        }

        long[] shape = [rows, matrix.GroupsPerRow, groupBytes];
        if (isEightBit)
        {
            var signed = MemoryMarshal.Cast<byte, sbyte>(whole).ToArray();
            codes = HostValues.Keep(tensor(signed, shape, ScalarType.Int8, device));
        }
        else
        {
            codes = HostValues.Keep(tensor(whole, shape, ScalarType.Byte, device));
            pairs = Pairs(device);
        }

        scales = HostValues.Keep(
            tensor(matrix.Scales.ToArray(), [rows, matrix.GroupsPerRow, 1], ScalarType.Float32, device));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor Values(ScalarType type)
    {
        using var still = no_grad();
        var values = empty(rows, columns, type, codes.device);
        var step = Math.Max(1, BlockValuesMax / columns);
        for (var start = 0; start < rows; start += step)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(step, rows - start);
            var block = Unscaled(codes.narrow(0, start, count))
                .mul_(scales.narrow(0, start, count)).view(count, -1).narrow(1, 0, columns);
            values.narrow(0, start, count).copy_(block);
        }

        return values;
    }

    /// <summary>What the codes stand for in a group of scale 1, rows x groups x values; F32.</summary>
    private Tensor Unscaled(Tensor block) => pairs is null
        ? block.to(ScalarType.Float32)
        : pairs.index_select(0, block.flatten().to(ScalarType.Int32))
            .view(block.shape[0], block.shape[1], QuantizedMatrix.GroupSize);

    /// <summary>The two values of every byte, 256 x 2: the left one is in the lower half.</summary>
    private static Tensor Pairs(Device device)
    {
        var values = new float[512];
        for (var code = 0; code < 256; code++)
        {
            values[2 * code] = NormalFloat.Values[code & 15];
            values[(2 * code) + 1] = NormalFloat.Values[code >> 4];
        }

        return HostValues.Keep(tensor(values, [256, 2], ScalarType.Float32, device));
    }
}
