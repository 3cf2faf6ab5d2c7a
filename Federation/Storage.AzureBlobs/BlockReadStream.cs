using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>
/// A part of a blob, read as it comes over one connection; a seek opens another. It buffers nothing, so that a
/// thousand of them cost no memory.
/// </summary>
/// <param name="blob">What to read.</param>
/// <param name="first">First byte of the part.</param>
/// <param name="lengthBytes">Of the part.</param>
/// <param name="pinned">
/// The version that must be read; null for a blob whose content never changes, though its age may.
/// </param>
internal sealed class BlockReadStream(BlockBlobClient blob, long first, long lengthBytes, ETag? pinned = null) : Stream
{
    private Stream? source;
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => lengthBytes;

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value == position) return;
            Close(ref source);
            position = value;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => lengthBytes + offset,
    };

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || position >= lengthBytes) return 0;
        try
        {
            return Advance(await TryReadAsync(buffer, cancellationToken));
        }
        catch (RequestFailedException error) when (IsMadeYoung(error))
        {
            Close(ref source);
            return Advance(await TryReadAsync(buffer, cancellationToken));
        }
        catch (Exception error) when (AzureFaults.IsFault(error) || error is IOException)
        {
            throw new AzureReadException(error);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length == 0 || position >= lengthBytes) return 0;
        try
        {
            return Advance(TryRead(buffer));
        }
        catch (RequestFailedException error) when (IsMadeYoung(error))
        {
            Close(ref source);
            return Advance(TryRead(buffer));
        }
        catch (Exception error) when (AzureFaults.IsFault(error) || error is IOException)
        {
            throw new AzureReadException(error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) Close(ref source);
        base.Dispose(disposing);
    }

    private BlobDownloadOptions Rest => new()
    {
        Range = new(first + position, lengthBytes - position),
        Conditions = pinned is { } version ? new() { IfMatch = version } : null,
    };

    private async Task<int> TryReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        source ??= (await blob.DownloadStreamingAsync(Rest, cancellationToken)).Value.Content;
        return await source.ReadAsync(buffer, cancellationToken);
    }

    private int TryRead(Span<byte> buffer)
    {
        source ??= blob.DownloadStreaming(Rest).Value.Content;
        return source.Read(buffer);
    }

    // After a broken connection the library reads on only where nothing at all has changed, its age included.
    private bool IsMadeYoung(RequestFailedException error) =>
        pinned is null && source is not null && AzureFaults.IsContended(error);

    private int Advance(int read)
    {
        position += read;
        return read > 0
            ? read
            : throw new BlobException(
                BlobError.Damaged, $"the blob has become shorter: {lengthBytes - position} bytes are missing");
    }

    private static void Close(ref Stream? stream)
    {
        stream?.Dispose();
        stream = null;
    }
}
