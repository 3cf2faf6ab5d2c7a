namespace FedLowRank.ClientAgent.Server;

/// <summary>Reads from the server, and fails when nothing comes for a while, as on a half-closed connection.</summary>
/// <param name="inner">The body.</param>
/// <param name="silenceMax">For how long nothing may come.</param>
/// <param name="time">Of the silence.</param>
/// <param name="eventBytesMax">
/// Most bytes from one empty line to the next, where the body is a stream of events: whoever parses it keeps an event
/// in memory until it ends.
/// </param>
internal sealed class WatchedStream(
    Stream inner, TimeSpan silenceMax, TimeProvider time, int eventBytesMax = int.MaxValue) : Stream
{
    private long eventBytes;
    private bool isLineEmpty;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="TimeoutException">Nothing came.</exception>
    /// <exception cref="ChannelException">The connection broke, or an event is too long.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var deadline = new CancellationTokenSource(silenceMax, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var count = await inner.ReadAsync(buffer, both.Token);
            if (eventBytesMax < int.MaxValue) Measure(buffer.Span[..count]);
            return count;
        }
        catch (IOException error)
        {
            throw new ChannelException($"the connection to the server broke: {error.Message}", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                FormattableString.Invariant($"nothing came from the server for {silenceMax.TotalSeconds:0} s"), error);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Measure(ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            if (++eventBytes > eventBytesMax)
                throw new ChannelException($"an event of the server is longer than {eventBytesMax} bytes");
            if (next == '\n' && isLineEmpty) eventBytes = 0;
            isLineEmpty = next == '\n' || (next == '\r' && isLineEmpty);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
