using System.Buffers;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>Cuts what is written into blocks of one size and stages each as it is full; holds one in memory.</summary>
/// <param name="blob">Where the blocks go.</param>
/// <param name="nameAt">The name of the block that begins at an offset.</param>
/// <param name="conditions">Of each block; null for none.</param>
/// <param name="pieceBytes">Of each block but the last.</param>
/// <param name="first">Where the first block begins.</param>
/// <param name="sizeBytes">Of the whole content; what is smaller than a block takes less memory.</param>
internal sealed class PieceWriter(
    BlockBlobClient blob, Func<long, string> nameAt, BlobRequestConditions? conditions, int pieceBytes, long first,
    long sizeBytes) : IDisposable
{
    // One byte more than is declared, so that content beyond it is seen before it is staged.
    private readonly int capacity = (int)Math.Min(pieceBytes, Math.Max(sizeBytes - first, 0) + 1);
    private byte[]? buffer;
    private int filled;

    /// <summary>Names of the blocks staged so far, in order.</summary>
    public List<string> Staged { get; } = [];

    /// <summary>Where what is not staged yet begins.</summary>
    public long Offset { get; private set; } = first;

    /// <summary>Number of bytes that are not staged yet.</summary>
    public int RestBytes => filled;

    /// <summary>Where the next bytes belong; at least one byte. They count after <see cref="AdvanceAsync"/>.</summary>
    public Memory<byte> Free => (buffer ??= ArrayPool<byte>.Shared.Rent(capacity)).AsMemory(filled, capacity - filled);

    /// <summary>Takes the first bytes of <see cref="Free"/>, which the caller has filled.</summary>
    public async ValueTask AdvanceAsync(int bytes)
    {
        filled += bytes;
        if (filled == capacity) await StageRestAsync();
    }

    /// <summary>Copies bytes in.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = Math.Min(bytes.Length, Free.Length);
            bytes[..count].CopyTo(Free);
            await AdvanceAsync(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Stages what is there, though it be less than a block.</summary>
    public async ValueTask StageRestAsync()
    {
        if (filled == 0) return;
        using var content = OpenRest();
        var name = nameAt(Offset);
        await blob.StageBlockAsync(name, content, new() { Conditions = conditions }, CancellationToken.None);
        Staged.Add(name);
        Offset += filled;
        filled = 0;
    }

    /// <summary>What is not staged yet; to be read before anything else is done.</summary>
    public Stream OpenRest() => new MemoryStream(buffer ?? [], 0, filled, writable: false);

    public void Dispose()
    {
        // It held an agent's update.
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        buffer = null;
    }
}
