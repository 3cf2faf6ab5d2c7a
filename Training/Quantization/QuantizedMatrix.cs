using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Training.Quantization;

/// <summary>
/// A matrix, d_out x d_in, as codes of 8 or 4 bits and one F32 scale for each group of <see cref="GroupSize"/> values
/// along a row; a row's last group may be shorter. Immutable. A value is what F32 makes of the product of code and
/// scale, so every engine that multiplies in F32 has the same weights bit for bit.
/// </summary>
/// <remarks>
/// With a, the largest magnitude of a group: 8 bits have the scale a / 127, and a value is off by at most
/// (a / 127) / 2; 4 bits have the scale a and the values of <see cref="NormalFloat"/>, and a value is off by at most
/// half their widest gap, 0.1519 a. To each, rounding to F32 adds at most a 2^-22 + 2^-142.
/// </remarks>
public sealed class QuantizedMatrix
{
    /// <summary>Values that share a scale.</summary>
    public const int GroupSize = 64;

    private const int CodeMax = 127;

    private readonly byte[] codes;
    private readonly float[] scales;

    private QuantizedMatrix(int rows, int columns, WeightFormat format)
    {
        (Rows, Columns, Format) = (rows, columns, format);
        (GroupsPerRow, BytesPerRow) = RowOf(columns, format);
        codes = new byte[checked(rows * BytesPerRow)];
        scales = new float[checked(rows * GroupsPerRow)];
    }

    /// <summary>d_out.</summary>
    public int Rows { get; }

    /// <summary>d_in.</summary>
    public int Columns { get; }

    /// <summary>8 or 4 bits.</summary>
    public WeightFormat Format { get; }

    /// <summary>Groups of a row.</summary>
    public int GroupsPerRow { get; }

    /// <summary>Bytes of a row's codes; every row begins with a byte of its own.</summary>
    public int BytesPerRow { get; }

    /// <summary>
    /// Row by row. 8 bits: a signed code in each byte. 4 bits: two codes in each byte, the left one in the lower half;
    /// the upper half of an odd row's last byte is 0 and means nothing.
    /// </summary>
    public ReadOnlyMemory<byte> Codes => codes;

    /// <summary>Row by row, one for each group.</summary>
    public ReadOnlyMemory<float> Scales => scales;

    /// <summary>Bytes of codes and scales.</summary>
    public long ByteCount => codes.LongLength + (sizeof(float) * scales.LongLength);

    /// <summary>Bytes of codes and scales of a matrix, d_out x d_in, in 8 or 4 bits.</summary>
    public static long BytesOf(int rows, int columns, WeightFormat format)
    {
        var (groups, bytes) = RowOf(columns, format);
        return rows * (bytes + ((long)sizeof(float) * groups));
    }

    /// <summary>Quantises: the nearest code for each value.</summary>
    /// <param name="values">Rows x columns, row-major.</param>
    /// <param name="rows">d_out.</param>
    /// <param name="columns">d_in.</param>
    /// <param name="format">8 or 4 bits.</param>
    /// <exception cref="ArgumentException">A value is not finite, or there are more or fewer than
    /// rows x columns.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the format is not
    /// quantised.</exception>
    public static QuantizedMatrix Quantize(ReadOnlySpan<float> values, int rows, int columns, WeightFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (format is not (WeightFormat.EightBit or WeightFormat.FourBit))
        {
            throw new ArgumentOutOfRangeException(nameof(format), format, "expected 8 or 4 bits");
        }

        CheckLength(values.Length, (long)rows * columns, nameof(values));
        var matrix = new QuantizedMatrix(rows, columns, format);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column += GroupSize)
            {
                var count = Math.Min(GroupSize, columns - column);
                matrix.SetGroup(row, column, values.Slice((row * columns) + column, count));
            }
        }

        return matrix;
    }

    /// <summary>All values, row-major.</summary>
    /// <param name="target">Rows x columns.</param>
    public void Dequantize(Span<float> target) => DequantizeRows(0, Rows, target);

    /// <summary>The values of some rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="target">Count x columns.</param>
    public void DequantizeRows(int first, int count, Span<float> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Rows - first);
        CheckLength(target.Length, (long)count * Columns, nameof(target));
        for (var i = 0; i < count; i++)
        {
            DequantizeRow(first + i, target.Slice(i * Columns, Columns));
        }
    }

    private static (int Groups, int Bytes) RowOf(int columns, WeightFormat format) => (
        (columns + GroupSize - 1) / GroupSize, format == WeightFormat.EightBit ? columns : (columns + 1) / 2);

    private static void CheckLength(int length, long expected, string name)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{length} values; expected {expected}", name);
        }
    }

    private static float LargestMagnitude(ReadOnlySpan<float> group)
    {
        var largest = 0f;
        foreach (var value in group)
        {
            if (!float.IsFinite(value))
            {
                throw new ArgumentException("a value is not finite", nameof(group));
            }

            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    /// <summary>The F32 value next to a / 127 that 127 can multiply.</summary>
    private static float StepFor(float largest)
    {
        var step = largest / CodeMax;
        return float.IsFinite(CodeMax * step) ? step : MathF.BitDecrement(step);
    }

    private void SetGroup(int row, int column, ReadOnlySpan<float> group)
    {
        var largest = LargestMagnitude(group);
        var isEightBit = Format == WeightFormat.EightBit;
        var scale = isEightBit ? StepFor(largest) : largest;
        scales[(row * GroupsPerRow) + (column / GroupSize)] = scale;
        var rowCodes = codes.AsSpan(row * BytesPerRow, BytesPerRow);
        for (var i = 0; i < group.Length; i++)
        {
            // A scale of 0 is that of a group whose values are all 0 or round to 0.
            var ratio = scale == 0 ? 0 : (double)group[i] / scale;
            var at = column + i;
            if (isEightBit)
            {
                rowCodes[at] = unchecked((byte)(sbyte)Math.Clamp(Math.Round(ratio), -CodeMax, CodeMax));
            }
            else
            {
                rowCodes[at / 2] |= (byte)(NormalFloat.Nearest(ratio) << (4 * (at % 2)));
            }
        }
    }

    private void DequantizeRow(int row, Span<float> target)
    {
        var rowScales = scales.AsSpan(row * GroupsPerRow, GroupsPerRow);
        var rowCodes = codes.AsSpan(row * BytesPerRow, BytesPerRow);
        for (var g = 0; g < rowScales.Length; g++)
        {
            var start = g * GroupSize;
            var group = target.Slice(start, Math.Min(GroupSize, Columns - start));
            switch (Format)
            {
                case WeightFormat.EightBit:
                    EightBits(rowCodes.Slice(start, group.Length), rowScales[g], group);
                    break;
                case WeightFormat.FourBit:
                    FourBits(rowCodes.Slice(start / 2, (group.Length + 1) / 2), rowScales[g], group);
                    break;
                default:
                    throw new UnreachableException($"no codes of {Format}");
            }
        }
    }

    private static void EightBits(ReadOnlySpan<byte> codes, float scale, Span<float> target)
    {
        var i = 0;
        for (; i <= target.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var eight = Vector128.CreateScalar(MemoryMarshal.Read<long>(codes[i..])).AsSByte();
            var (lower, upper) = Vector128.Widen(Vector128.WidenLower(eight));
            (Vector256.ConvertToSingle(Vector256.Create(lower, upper)) * scale).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = unchecked((sbyte)codes[i]) * scale;
        }
    }

    private static void FourBits(ReadOnlySpan<byte> codes, float scale, Span<float> target)
    {
        Span<float> products = stackalloc float[16];
        for (var i = 0; i < products.Length; i++)
        {
            products[i] = NormalFloat.Values[i] * scale;
        }

        for (var i = 0; i + 1 < target.Length; i += 2)
        {
            var pair = codes[i / 2];
            target[i] = products[pair & 15];
            target[i + 1] = products[pair >> 4];
        }

        if (target.Length % 2 == 1)
        {
            target[^1] = products[codes[^1] & 15];
        }
    }
}
