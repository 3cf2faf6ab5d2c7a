namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>A long stream that is nowhere stored: some first bytes, then zeros; counts what is read.</summary>
internal sealed class CountingZeros(long length) : Stream
{
    public required byte[] First { get; init; }

    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, length - BytesRead);
        buffer[..count].Clear();
        if (BytesRead < First.Length)
        {
            var head = First.AsSpan((int)BytesRead);
            head[..Math.Min(head.Length, count)].CopyTo(buffer);
        }

        BytesRead += count;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
