using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>Between bytes and values: sizes, decoding and encoding of the float types.</summary>
public static class SafetensorsValues
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(SafetensorsDType dtype) => dtype switch
    {
        SafetensorsDType.F64 or SafetensorsDType.I64 or SafetensorsDType.U64 => 8,
        SafetensorsDType.F32 or SafetensorsDType.I32 or SafetensorsDType.U32 => 4,
        SafetensorsDType.F16 or SafetensorsDType.BF16 or SafetensorsDType.I16 or SafetensorsDType.U16 => 2,
        SafetensorsDType.I8 or SafetensorsDType.U8 or SafetensorsDType.BOOL => 1,
        _ => throw new UnreachableException($"dtype {dtype}"),
    };

    /// <summary>
    /// Decodes a part of a tensor. F16 and BF16 are exact in either type, F32 is exact, and F64 rounds to the nearest
    /// where <typeparamref name="T"/> is <see cref="float"/>.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="tensor">Whose bytes they are.</param>
    /// <param name="firstIndex">Index in the tensor of the first element, for messages.</param>
    /// <param name="bytes">As many whole elements as <paramref name="target"/> has.</param>
    /// <param name="target">Takes the values.</param>
    /// <param name="requireFinite">Refuse NaN and infinities, also those that come from rounding F64 to F32.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    /// <exception cref="SafetensorsException">The tensor holds no floats, or a value is not finite.</exception>
    public static void Decode<T>(
        SafetensorsTensor tensor, long firstIndex, ReadOnlySpan<byte> bytes, Span<T> target, bool requireFinite = true)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        var size = Size(tensor.DType);
        if (bytes.Length != (long)target.Length * size)
        {
            throw new ArgumentException(
                $"tensor {tensor}: {bytes.Length} bytes are not {target.Length} values", nameof(target));
        }

        switch (tensor.DType)
        {
            case SafetensorsDType.F64:
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = T.CreateTruncating(BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * 8)..]));
                }

                break;
            case SafetensorsDType.F32:
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = T.CreateTruncating(BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * 4)..]));
                }

                break;
            case SafetensorsDType.F16:
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = T.CreateTruncating((float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(i * 2)..]));
                }

                break;
            case SafetensorsDType.BF16:
                for (var i = 0; i < target.Length; i++)
                {
                    var bits = (uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * 2)..]) << 16;
                    target[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle(bits));
                }

                break;
            default:
                throw new SafetensorsException(
                    SafetensorsError.NotFloat, $"tensor {tensor} holds no floats; F64, F32, F16 and BF16 can be read");
        }

        if (requireFinite)
        {
            CheckFinite(tensor, firstIndex, (ReadOnlySpan<T>)target);
        }
    }

    /// <summary>Encodes values, each rounded once to the nearest, ties to even.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="tensor">Whose values they are.</param>
    /// <param name="firstIndex">Index in the tensor of the first value, for messages.</param>
    /// <param name="values">The values.</param>
    /// <param name="target">Takes values x element size bytes.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    /// <exception cref="SafetensorsException">
    /// The tensor holds no floats, or a value is not finite once rounded.
    /// </exception>
    public static void Encode<T>(SafetensorsTensor tensor, long firstIndex, ReadOnlySpan<T> values, Span<byte> target)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        if (target.Length != (long)values.Length * Size(tensor.DType))
        {
            throw new ArgumentException(
                $"tensor {tensor}: {target.Length} bytes do not hold {values.Length} values", nameof(target));
        }

        for (var i = 0; i < values.Length; i++)
        {
            // Float64 holds every input, so that whatever follows is the only rounding.
            var value = double.CreateTruncating(values[i]);
            if (!EncodeOne(tensor, i, value, target))
            {
                throw new SafetensorsException(
                    SafetensorsError.NonFinite,
                    $"tensor {tensor} at {firstIndex + i}: {value} is not a finite {tensor.DType}");
            }
        }
    }

    /// <summary>Bytes of a tensor.</summary>
    internal static long ByteLength(string name, SafetensorsDType dtype, ReadOnlySpan<long> shape)
    {
        long bytes = Size(dtype);
        foreach (var side in shape)
        {
            var high = Math.BigMul(bytes, side, out long low);
            if (side < 0 || high != 0 || low < 0)
            {
                throw new SafetensorsException(
                    SafetensorsError.ShapeOverflow,
                    $"tensor {name}: shape [{string.Join(", ", shape.ToArray())}] of {dtype} is not below 2^63 bytes");
            }

            bytes = low;
        }

        return bytes;
    }

    private static void CheckFinite<T>(SafetensorsTensor tensor, long firstIndex, ReadOnlySpan<T> values)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i]))
            {
                throw new SafetensorsException(
                    SafetensorsError.NonFinite, $"tensor {tensor} at {firstIndex + i}: {values[i]} is not finite");
            }
        }
    }

    /// <summary>Writes one element; false where it is not finite in the tensor's type.</summary>
    private static bool EncodeOne(SafetensorsTensor tensor, int index, double value, Span<byte> target)
    {
        switch (tensor.DType)
        {
            case SafetensorsDType.F64:
                BinaryPrimitives.WriteDoubleLittleEndian(target[(index * 8)..], value);
                return double.IsFinite(value);
            case SafetensorsDType.F32:
                BinaryPrimitives.WriteSingleLittleEndian(target[(index * 4)..], (float)value);
                return float.IsFinite((float)value);
            case SafetensorsDType.F16:
                BinaryPrimitives.WriteHalfLittleEndian(target[(index * 2)..], (Half)value);
                return Half.IsFinite((Half)value);
            case SafetensorsDType.BF16:
                var bits = RoundToBFloat16(value);
                BinaryPrimitives.WriteUInt16LittleEndian(target[(index * 2)..], bits);
                return double.IsFinite(value) && (bits & 0x7F80) != 0x7F80;
            default:
                throw new SafetensorsException(
                    SafetensorsError.NotFloat,
                    $"tensor {tensor} holds no floats; F64, F32, F16 and BF16 can be written");
        }
    }

    /// <summary>
    /// Rounds a finite value to the nearest BF16, ties to even. Rounding to F32 first would round twice, so that step
    /// rounds to odd: towards zero, with the last bit set where anything was lost. It then still tells on which side
    /// of a tie the value lies.
    /// </summary>
    private static ushort RoundToBFloat16(double value)
    {
        var single = (float)value;
        var bits = BitConverter.SingleToUInt32Bits(single);
        if (single != value)
        {
            bits = (Math.Abs((double)single) > Math.Abs(value) ? bits - 1 : bits) | 1;
        }

        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
