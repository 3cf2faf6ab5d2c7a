using System.Collections.Immutable;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// One entry of a header: what a tensor is and where its bytes lie. Row-major, little-endian, not aligned.
/// </summary>
public sealed class SafetensorsTensor
{
    internal SafetensorsTensor(
        string name, SafetensorsDType dtype, ImmutableArray<long> shape, long begin, long end)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        Begin = begin;
        End = end;
    }

    /// <summary>Unique in its file.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public SafetensorsDType DType { get; }

    /// <summary>Sides; none for a scalar; a side may be 0.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>First byte, counted from the start of the data section.</summary>
    public long Begin { get; }

    /// <summary>One past the last byte, counted from the start of the data section.</summary>
    public long End { get; }

    /// <summary>End - begin.</summary>
    public long ByteLength => End - Begin;

    /// <summary>Number of elements.</summary>
    public long Count => ByteLength / SafetensorsValues.Size(DType);

    /// <summary>Name, type and shape, for messages.</summary>
    public override string ToString() => $"{Name} ({DType} [{string.Join(", ", Shape)}])";
}
