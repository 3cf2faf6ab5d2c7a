using System.IO.MemoryMappedFiles;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Training.Files;

/// <summary>
/// A safetensors file mapped into memory: opening reads the header only, and pages come in as tensors are read; many
/// processes share them. The file must not be written to while it is open. Reading is safe from several threads.
/// </summary>
public sealed unsafe class MappedSafetensors : IDisposable
{
    // Elements decoded by one call, so that a tensor of over 2 GiB, more than a span's reach, can be read.
    private const int PieceValues = 1 << 20;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private bool disposed;

    private MappedSafetensors(MemoryMappedFile file, long fileBytes, SafetensorsLimits? limits)
    {
        this.file = file;
        view = file.CreateViewAccessor(0, fileBytes, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
        try
        {
            var head = new ReadOnlySpan<byte>(start, (int)Math.Min(fileBytes, int.MaxValue));
            var length = SafetensorsHeader.ReadLength(head, limits);
            if (length > head.Length - SafetensorsHeader.LengthBytes)
            {
                throw new SafetensorsException(
                    SafetensorsError.Truncated, $"the file has {fileBytes} bytes, fewer than its header of {length}");
            }

            Header = SafetensorsHeader.Parse(head.Slice(SafetensorsHeader.LengthBytes, length), fileBytes, limits);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names, types and shapes.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="SafetensorsException">It is not a sound safetensors file.</exception>
    public static MappedSafetensors Open(string path, SafetensorsLimits? limits = null)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length == 0)
        {
            // An empty file cannot be mapped.
            throw new SafetensorsException(SafetensorsError.Truncated, $"{path} is empty");
        }

        var mapping = MemoryMappedFile.CreateFromFile(
            stream,
            mapName: null,
            capacity: 0,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: true);
        return new MappedSafetensors(mapping, stream.Length, limits);
    }

    /// <summary>Decodes a whole tensor to F32: exact from F32, F16 and BF16, to the nearest from F64.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="target">As many values as the tensor has, row-major.</param>
    /// <param name="requireFinite">Refuse NaN and infinities.</param>
    /// <exception cref="ArgumentException"><paramref name="target"/> has another length.</exception>
    /// <exception cref="SafetensorsException">No such tensor, not floats, or a value that is not finite.</exception>
    public void ReadFloats(string name, Span<float> target, bool requireFinite = true)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var tensor = Header.Find(name);
        if (target.Length != tensor.Count)
        {
            throw new ArgumentException($"tensor {tensor} does not fit {target.Length} values", nameof(target));
        }

        var size = SafetensorsValues.Size(tensor.DType);
        for (var done = 0; done < target.Length;)
        {
            var piece = target.Slice(done, Math.Min(target.Length - done, PieceValues));
            var bytes = new ReadOnlySpan<byte>(
                start + Header.FileOffset(tensor) + ((long)done * size), piece.Length * size);
            SafetensorsValues.Decode(tensor, done, bytes, piece, requireFinite);
            done += piece.Length;
        }
    }

    /// <summary>
    /// A tensor's bytes as they lie in the file, without a copy. Not to be used after <see cref="Dispose"/>.
    /// </summary>
    /// <exception cref="SafetensorsException">No such tensor, or one beyond the 2 GiB that a span can hold.</exception>
    public ReadOnlySpan<byte> RawBytes(string name)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var tensor = Header.Find(name);
        return tensor.ByteLength <= int.MaxValue
            ? new ReadOnlySpan<byte>(start + Header.FileOffset(tensor), (int)tensor.ByteLength)
            : throw new SafetensorsException(
                SafetensorsError.LimitExceeded,
                $"tensor {tensor} has {tensor.ByteLength} bytes; the limit is {int.MaxValue}");
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        }
    }
}
