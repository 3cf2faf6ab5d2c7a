namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>A stream that can only be read on, over another, which it closes unless told to leave it open.</summary>
internal abstract class ForwardStream(Stream inner, bool leavesOpen) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public sealed override int Read(Span<byte> buffer)
    {
        var wanted = buffer[..Wanted(buffer.Length)];
        var read = inner.Read(wanted);
        OnRead(wanted[..read], isEnd: read == 0 && buffer.Length > 0);
        return read;
    }

    public sealed override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = buffer[..Wanted(buffer.Length)];
        var read = await inner.ReadAsync(wanted, cancellationToken);
        OnRead(wanted.Span[..read], isEnd: read == 0 && buffer.Length > 0);
        return read;
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>How many of <paramref name="count"/> bytes may be read next.</summary>
    protected virtual int Wanted(int count) => count;

    /// <summary>Sees every byte once, and the end.</summary>
    protected abstract void OnRead(ReadOnlySpan<byte> bytes, bool isEnd);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leavesOpen) inner.Dispose();
        base.Dispose(disposing);
    }
}
