using FedLowRank.Faults.Tests.Points;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>An upload's body that comes to a fault point after its first kilobyte.</summary>
internal sealed class HaltingStream(Stream inner, string place) : Stream
{
    private const int FirstBytes = 1024;

    private bool isBegun;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!isBegun)
        {
            isBegun = true;
            return await inner.ReadAsync(buffer[..Math.Min(buffer.Length, FirstBytes)], cancellationToken);
        }

        await FaultPoint.ReachAsync(place, cancellationToken);
        return await inner.ReadAsync(buffer, cancellationToken);
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
}
