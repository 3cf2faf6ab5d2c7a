namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>Content of unknown length that fails at a place.</summary>
internal sealed class BreakingStream(byte[] content, int at) : Stream
{
    private int position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (position >= at) throw new IOException("the connection breaks here");
        var taken = Math.Min(Math.Min(count, 4096), Math.Min(at, content.Length) - position);
        content.AsSpan(position, taken).CopyTo(buffer.AsSpan(offset));
        position += taken;
        return taken;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
