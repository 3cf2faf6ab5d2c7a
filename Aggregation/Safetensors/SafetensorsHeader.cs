using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// The header of a safetensors file: 8 bytes of header length (little-endian), the header as JSON, then the data
/// section. Every header that this class holds is sound: unique names, known types, each tensor's bytes equal to
/// shape x size, and the tensors fill the data section without overlap or gap, as the reference implementation
/// demands. So a single tensor may be fetched by its byte range alone.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>Bytes of the length that precedes the header.</summary>
    public const int LengthBytes = 8;

    private const int FirstReadBytes = 64 * 1024;

    private readonly Dictionary<string, SafetensorsTensor> tensorByName;

    internal SafetensorsHeader(
        ImmutableArray<SafetensorsTensor> tensors, ImmutableSortedDictionary<string, string> metadata, int headerBytes)
    {
        Tensors = tensors;
        Metadata = metadata;
        DataStart = LengthBytes + headerBytes;
        tensorByName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors in the order of their bytes.</summary>
    public ImmutableArray<SafetensorsTensor> Tensors { get; }

    /// <summary>The entries of <c>__metadata__</c>, by ordinal order of key.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>Offset of the data section in the file, in bytes.</summary>
    public long DataStart { get; }

    /// <summary>Length of the whole file, in bytes.</summary>
    public long FileBytes => DataStart + (Tensors.IsEmpty ? 0 : Tensors[^1].End);

    /// <summary>
    /// Offset of a tensor's first byte in the file; its length is <see cref="SafetensorsTensor.ByteLength"/>.
    /// </summary>
    public long FileOffset(SafetensorsTensor tensor) => DataStart + tensor.Begin;

    /// <summary>Looks a tensor up.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor) =>
        tensorByName.TryGetValue(name, out tensor);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="SafetensorsException"><see cref="SafetensorsError.MissingTensor"/>.</exception>
    public SafetensorsTensor Find(string name) => TryFind(name, out var tensor)
        ? tensor
        : throw new SafetensorsException(SafetensorsError.MissingTensor, $"there is no tensor {name}");

    /// <summary>
    /// Reads the header's length from the first 8 bytes of a file, to fetch the header by a range read.
    /// </summary>
    /// <returns>Bytes of JSON that follow the 8.</returns>
    /// <exception cref="SafetensorsException">
    /// The bytes are too few, or the length is too small or too large.
    /// </exception>
    public static int ReadLength(ReadOnlySpan<byte> file, SafetensorsLimits? limits = null)
    {
        if (file.Length < LengthBytes)
        {
            throw new SafetensorsException(
                SafetensorsError.Truncated,
                $"the file has {file.Length} bytes; the header length alone has {LengthBytes}");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        var max = (limits ?? SafetensorsLimits.Default).HeaderBytesMax;
        return length < 2
            ? throw new SafetensorsException(
                SafetensorsError.HeaderTooShort, $"the header length is {length}; at least 2 bytes are needed")
            : length > (ulong)max
                ? throw new SafetensorsException(
                    SafetensorsError.HeaderTooLong, $"the header length is {length} bytes; the limit is {max}")
                : (int)length;
    }

    /// <summary>Parses the header's JSON, without the 8 bytes of length.</summary>
    /// <param name="json">The JSON, with its padding.</param>
    /// <param name="fileBytes">Length of the whole file if known: then the tensors must fill it exactly.</param>
    /// <param name="limits">Defaults to <see cref="SafetensorsLimits.Default"/>.</param>
    /// <exception cref="SafetensorsException">The header is not sound.</exception>
    public static SafetensorsHeader Parse(
        ReadOnlySpan<byte> json, long? fileBytes = null, SafetensorsLimits? limits = null)
    {
        var header = SafetensorsHeaderParser.Parse(json, limits ?? SafetensorsLimits.Default);
        if (fileBytes < header.FileBytes)
        {
            var cut = header.Tensors.First(t => header.DataStart + t.End > fileBytes);
            throw new SafetensorsException(
                SafetensorsError.Truncated,
                $"tensor {cut.Name} ends at byte {header.DataStart + cut.End}, but the file has {fileBytes} bytes");
        }

        return fileBytes > header.FileBytes
            ? throw new SafetensorsException(
                SafetensorsError.TrailingBytes,
                $"the last tensor ends at byte {header.FileBytes}, but the file has {fileBytes} bytes")
            : header;
    }

    /// <summary>
    /// Reads length and header from a stream and leaves it at the start of the data section. Memory grows with the
    /// bytes that arrive, not with the length that the file declares.
    /// </summary>
    /// <param name="stream">A file from its start.</param>
    /// <param name="fileBytes">
    /// Length of the whole file if known, for example by the transport; taken from a seekable stream.
    /// </param>
    /// <param name="limits">Defaults to <see cref="SafetensorsLimits.Default"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SafetensorsException">The header is not sound.</exception>
    public static async ValueTask<SafetensorsHeader> ReadAsync(
        Stream stream,
        long? fileBytes = null,
        SafetensorsLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        fileBytes ??= stream.CanSeek ? stream.Length - stream.Position : null;
        var prefix = new byte[LengthBytes];
        var prefixRead = await stream.ReadAtLeastAsync(
            prefix, LengthBytes, throwOnEndOfStream: false, cancellationToken);
        var length = ReadLength(prefix.AsSpan(0, prefixRead), limits);

        var json = new byte[Math.Min(length, FirstReadBytes)];
        var filled = 0;
        while (filled < length)
        {
            if (filled == json.Length)
            {
                Array.Resize(ref json, (int)Math.Min(length, 2L * json.Length));
            }

            var read = await stream.ReadAsync(json.AsMemory(filled), cancellationToken);
            filled += read > 0
                ? read
                : throw new SafetensorsException(
                    SafetensorsError.Truncated, $"the file ends after {filled} of {length} bytes of the header");
        }

        return Parse(json, fileBytes, limits);
    }

    /// <summary>Lays tensors out one after the other in the given order, for a file to be written.</summary>
    /// <exception cref="SafetensorsException">
    /// A name occurs twice, is empty, too long, has control characters or is <c>__metadata__</c>; a shape overflows; or
    /// the header is too long.
    /// </exception>
    public static SafetensorsHeader Create(
        IEnumerable<(string Name, SafetensorsDType DType, ImmutableArray<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var entries = ImmutableArray.CreateBuilder<SafetensorsTensor>();
        long offset = 0;
        foreach (var (name, dtype, shape) in tensors)
        {
            var end = offset + SafetensorsValues.ByteLength(name, dtype, shape.AsSpan());
            if (end < offset)
            {
                throw new SafetensorsException(
                    SafetensorsError.ShapeOverflow, $"tensor {name} would end beyond 2^63 bytes");
            }

            entries.Add(new SafetensorsTensor(name, dtype, shape, offset, end));
            offset = end;
        }

        // One set of rules: what is written is what the parser accepts.
        return Parse(Serialize(entries, metadata ?? ImmutableDictionary<string, string>.Empty));
    }

    /// <summary>Length and JSON as they stand at the start of a file; the same header gives the same bytes.</summary>
    public byte[] ToBytes()
    {
        var json = Serialize(Tensors, Metadata);
        var bytes = new byte[LengthBytes + json.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes.AsSpan(LengthBytes));
        return bytes;
    }

    private static byte[] Serialize(
        IEnumerable<SafetensorsTensor> tensors, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            foreach (var tensor in tensors)
            {
                WriteTensor(json, tensor);
            }

            json.WriteEndObject();
        }

        // The padding aligns the data section to 8 bytes.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var entries = metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToList();
        if (entries.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeaderParser.MetadataName);
        foreach (var (key, value) in entries)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, SafetensorsTensor tensor)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.DType.ToString());
        json.WriteStartArray("shape");
        foreach (var side in tensor.Shape)
        {
            json.WriteNumberValue(side);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(tensor.Begin);
        json.WriteNumberValue(tensor.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
