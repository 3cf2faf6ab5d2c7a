namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>The next bytes of a stream, and no more.</summary>
internal sealed class RangeStream(Stream inner, long lengthBytes, bool leavesOpen = false)
    : ForwardStream(inner, leavesOpen)
{
    private long left = lengthBytes;

    protected override int Wanted(int count) => (int)Math.Min(count, left);

    protected override void OnRead(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        left -= bytes.Length;
        if (isEnd && left > 0)
            throw new BlobException(BlobError.Damaged, $"the blob has become shorter: {left} bytes are missing");
    }
}
