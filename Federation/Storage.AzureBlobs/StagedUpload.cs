using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>An upload that this process alone may write, until it is disposed of.</summary>
internal sealed class StagedUpload : IAsyncDisposable
{
    private const string SizeKey = "size";

    /// <summary>
    /// Between two commits of a long write: so stale the last change of an upload that is written may look, and it
    /// must not look so old that it expires.
    /// </summary>
    private static readonly TimeSpan CommitPause = TimeSpan.FromMinutes(1);

    private readonly UploadId id;
    private readonly BlockBlobClient blob;
    private readonly UploadLease lease;
    private readonly TimeProvider time;
    private readonly int pieceBytes;
    private BlockChain chain;
    private ETag version;

    private StagedUpload(
        UploadId id, BlockBlobClient blob, UploadLease lease, TimeProvider time, int pieceBytes, Found found)
    {
        (this.id, this.blob, this.lease, this.time, this.pieceBytes) = (id, blob, lease, time, pieceBytes);
        (chain, version, SizeBytes) = (found.Chain, found.Version, found.SizeBytes);
    }

    /// <summary>Of the whole content.</summary>
    public long SizeBytes { get; }

    /// <summary>How far it is.</summary>
    public long DurableBytes => chain.LengthBytes;

    /// <summary>Begins an upload; false where there is one.</summary>
    public static async Task<bool> BeginAsync(
        BlockBlobClient blob, long sizeBytes, CancellationToken cancellationToken)
    {
        try
        {
            await blob.CommitBlockListAsync(
                [], new() { Metadata = Declared(sizeBytes), Conditions = new() { IfNoneMatch = ETag.All } },
                cancellationToken);
            return true;
        }
        catch (RequestFailedException error)
            when (error.ErrorCode == BlobErrorCode.BlobAlreadyExists || AzureFaults.IsContended(error))
        {
            return false;
        }
    }

    /// <summary>How far an upload is; null where there is none.</summary>
    public static async Task<Found?> FindAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            var blocks = await blob.GetBlockListAsync(BlockListTypes.All, cancellationToken: cancellationToken);
            return properties.Metadata.TryGetValue(SizeKey, out var text) &&
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                ? new(size, BlockChain.Of(blocks.Value), properties.ETag, properties.LeaseState == LeaseState.Leased)
                : null;
        }
        catch (RequestFailedException error) when (AzureFaults.IsNotFound(error))
        {
            return null;
        }
    }

    /// <summary>Takes an upload for this process; null where there is none.</summary>
    /// <exception cref="RequestFailedException">Another process has it.</exception>
    public static async Task<StagedUpload?> TakeAsync(
        UploadId id, BlockBlobClient blob, TimeProvider time, int pieceBytes, CancellationToken cancellationToken)
    {
        UploadLease own;
        try
        {
            own = await UploadLease.AcquireAsync(blob, time, cancellationToken);
        }
        catch (RequestFailedException error) when (AzureFaults.IsNotFound(error))
        {
            return null;
        }

        try
        {
            if (await FindAsync(blob, cancellationToken) is { } found)
                return new(id, blob, own, time, pieceBytes, found);
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }

        await own.DisposeAsync();
        return null;
    }

    /// <summary>Appends content. What has come counts, however the content ends.</summary>
    public async Task AppendAsync(Stream content, CancellationToken cancellationToken)
    {
        await CommitAsync();
        var begin = DurableBytes;

        // A short last block is written anew with what follows. Else an upload in many small steps would have more
        // blocks than a blob can have.
        var hasShortTail = begin - chain.LastOffset is > 0 and var tail && tail < pieceBytes;
        var names = hasShortTail ? chain.Names.SkipLast(1).ToList() : chain.Names;
        using var writer = new PieceWriter(
            blob, StagedPiece.NameAt, lease.Conditions, pieceBytes, hasShortTail ? chain.LastOffset : begin, SizeBytes);
        if (hasShortTail) await ReadTailAsync(writer, cancellationToken);
        try
        {
            await CopyAsync(content, names, writer, cancellationToken);
        }
        catch (Exception error) when (!AzureFaults.IsFault(error))
        {
            await FlushAsync();
            throw;
        }

        await FlushAsync();

        async Task FlushAsync()
        {
            if (writer.Offset + writer.RestBytes == begin) return;
            await writer.StageRestAsync();
            await CommitAsync([.. names, .. writer.Staged], writer.Offset);
        }
    }

    /// <summary>Commits what is staged, so that the blob is the content so far.</summary>
    public async Task CommitAsync()
    {
        if (!chain.IsCommitted) await CommitAsync(chain.Names, DurableBytes);
    }

    /// <summary>The content, as it is now and not as it may become.</summary>
    public BlockReadStream OpenRead() => new(blob, 0, DurableBytes, version);

    /// <summary>Drops it, unless it was taken by another process meanwhile.</summary>
    public async Task DropAsync()
    {
        try
        {
            await blob.DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, lease.Conditions, CancellationToken.None);
        }
        catch (RequestFailedException error) when (AzureFaults.IsNotFound(error) || AzureFaults.IsContended(error))
        {
            // Another process does with it what it must.
        }
    }

    public ValueTask DisposeAsync() => lease.DisposeAsync();

    internal static Dictionary<string, string> Declared(long sizeBytes) =>
        new() { [SizeKey] = sizeBytes.ToString(CultureInfo.InvariantCulture) };

    private async Task CopyAsync(
        Stream content, IReadOnlyList<string> names, PieceWriter writer, CancellationToken cancellationToken)
    {
        var lastCommit = time.GetTimestamp();
        while (await content.ReadAsync(writer.Free, cancellationToken) is > 0 and var read)
        {
            if (writer.Offset + writer.RestBytes + read > SizeBytes)
            {
                throw new BlobException(
                    BlobError.ContentTooLong, $"upload '{id}' was begun with {SizeBytes} bytes and there are more");
            }

            await writer.AdvanceAsync(read);
            if (writer.RestBytes > 0 || time.GetElapsedTime(lastCommit) < CommitPause) continue;
            await CommitAsync([.. names, .. writer.Staged], writer.Offset);
            lastCommit = time.GetTimestamp();
        }
    }

    private async Task CommitAsync(IReadOnlyList<string> names, long lengthBytes)
    {
        var done = await blob.CommitBlockListAsync(
            names, new() { Metadata = Declared(SizeBytes), Conditions = lease.Conditions }, CancellationToken.None);
        (version, chain) = (done.Value.ETag, BlockChain.Committed(names, lengthBytes));
    }

    private async Task ReadTailAsync(PieceWriter writer, CancellationToken cancellationToken)
    {
        await using var tail = new BlockReadStream(
            blob, chain.LastOffset, DurableBytes - chain.LastOffset, version);
        while (await tail.ReadAsync(writer.Free, cancellationToken) is > 0 and var read)
            await writer.AdvanceAsync(read);
    }

    /// <summary>What is known of an upload.</summary>
    internal sealed record Found(long SizeBytes, BlockChain Chain, ETag Version, bool IsLeased);
}
