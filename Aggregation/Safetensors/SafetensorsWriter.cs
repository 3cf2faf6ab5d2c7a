using System.Buffers;
using System.Numerics;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// Writes one file to a stream: first the header, then values tensor by tensor in the header's order, in pieces of any
/// size; no tensor is held whole. The same header and values give the same bytes.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int PieceValues = 8 * 1024;

    private readonly Stream stream;
    private readonly SafetensorsHeader header;
    private int current;
    private long written;

    /// <summary>Writes the header. The stream stays the caller's.</summary>
    public SafetensorsWriter(Stream stream, SafetensorsHeader header)
    {
        this.stream = stream;
        this.header = header;
        stream.Write(header.ToBytes());
    }

    /// <summary>
    /// Writes the next values of a tensor, each rounded once to its dtype, to the nearest, ties to even.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="InvalidOperationException">
    /// It is another tensor's turn, or the tensor has fewer values left.
    /// </exception>
    /// <exception cref="SafetensorsException">
    /// The tensor holds no floats, or a value is not finite once rounded.
    /// </exception>
    public void Write<T>(string name, ReadOnlySpan<T> values)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        SkipFull();
        var tensor = current < header.Tensors.Length ? header.Tensors[current] : null;
        if (tensor is null || tensor.Name != name || values.Length > tensor.Count - written)
        {
            throw new InvalidOperationException(
                $"{values.Length} values of {name} were given; "
                + $"next are {tensor?.Count - written ?? 0} of {tensor?.Name ?? "none"}");
        }

        var size = SafetensorsValues.Size(tensor.DType);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(values.Length, PieceValues) * size);
        try
        {
            while (!values.IsEmpty)
            {
                var piece = values[..Math.Min(values.Length, PieceValues)];
                var bytes = buffer.AsSpan(0, piece.Length * size);
                SafetensorsValues.Encode(tensor, written, piece, bytes);
                stream.Write(bytes);
                written += piece.Length;
                values = values[piece.Length..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Checks that every tensor has been written in full.</summary>
    /// <exception cref="InvalidOperationException">One has not.</exception>
    public void Complete()
    {
        SkipFull();
        if (current < header.Tensors.Length)
        {
            var tensor = header.Tensors[current];
            throw new InvalidOperationException($"{written} of {tensor.Count} values of {tensor.Name} were written");
        }
    }

    private void SkipFull()
    {
        while (current < header.Tensors.Length && written == header.Tensors[current].Count)
        {
            current++;
            written = 0;
        }
    }
}
