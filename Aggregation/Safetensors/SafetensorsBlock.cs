using System.Numerics;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// Some consecutive elements of one tensor on their way through a reader; valid until the next one is asked for.
/// </summary>
public sealed class SafetensorsBlock
{
    internal SafetensorsBlock(SafetensorsTensor tensor, long firstIndex, ReadOnlyMemory<byte> bytes)
    {
        Tensor = tensor;
        FirstIndex = firstIndex;
        Bytes = bytes;
    }

    /// <summary>Whose elements they are.</summary>
    public SafetensorsTensor Tensor { get; }

    /// <summary>Index in the tensor, row-major, of the first element.</summary>
    public long FirstIndex { get; }

    /// <summary>The elements as stored.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Bytes.Length / SafetensorsValues.Size(Tensor.DType);

    /// <inheritdoc cref="SafetensorsValues.Decode{T}"/>
    public void Decode<T>(Span<T> target, bool requireFinite = true)
        where T : struct, IBinaryFloatingPointIeee754<T> =>
        SafetensorsValues.Decode(Tensor, FirstIndex, Bytes.Span, target, requireFinite);
}
