namespace FedLowRank.Federation.Tests.Storage.Blobs;

/// <summary>Gives some bytes in small pieces and then ends as a lost connection does, or waits for a signal.</summary>
internal sealed class BrokenStream(byte[] bytes, Task? waitsFor = null) : MemoryStream(bytes)
{
    /// <summary>Set when all bytes were read, and more were asked for.</summary>
    public TaskCompletionSource Drained { get; } = new();

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = Read(buffer.Span[..Math.Min(buffer.Length, 7)]);
        if (read > 0) return read;
        Drained.TrySetResult();
        if (waitsFor is null) throw new IOException("the connection is lost");
        await waitsFor.WaitAsync(cancellationToken);
        return 0;
    }
}
