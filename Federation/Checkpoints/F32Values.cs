using System.Runtime.InteropServices;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>The values of an update where its bytes lie.</summary>
internal static class F32Values
{
    /// <summary>
    /// The bytes as values, be they finite or not: a view of them, or on a machine that is not little-endian a copy.
    /// </summary>
    /// <param name="tensor">In F32.</param>
    /// <param name="bytes">Of some of its elements.</param>
    public static ReadOnlySpan<float> Of(SafetensorsTensor tensor, ReadOnlySpan<byte> bytes)
    {
        // The format is little-endian; elsewhere the values are decoded one by one.
        if (BitConverter.IsLittleEndian) return MemoryMarshal.Cast<byte, float>(bytes);
        var decoded = new float[bytes.Length / sizeof(float)];
        SafetensorsValues.Decode<float>(tensor, firstIndex: 0, bytes, decoded, requireFinite: false);
        return decoded;
    }
}
