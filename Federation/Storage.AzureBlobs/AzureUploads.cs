using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>
/// The uploads of a container: each a blob under <c>uploads/</c> with the declared size in its metadata, begun empty,
/// and filled by blocks that are named by their places.
/// </summary>
internal sealed class AzureUploads(
    BlobContainerClient container, BlobLimits limits, int pieceBytes, TimeProvider time)
{
    private const string Prefix = "uploads/";

    // Spares a request where this process itself writes; among processes the lease decides.
    private readonly ConcurrentDictionary<UploadId, Turn> taken = new();

    public async Task<UploadStatus> BeginAsync(UploadId id, long sizeBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        if (sizeBytes > limits.BlobBytesMax)
        {
            throw new BlobException(
                BlobError.TooLarge, $"upload '{id}' has {sizeBytes} bytes, at most {limits.BlobBytesMax}");
        }

        if (await StagedUpload.BeginAsync(BlobOf(id), sizeBytes, cancellationToken)) return new(id, sizeBytes, 0);
        if (await FindAsync(id, cancellationToken) is not { } status) throw AzureFaults.NoUpload(id);
        if (status.SizeBytes == sizeBytes) return status;
        throw new BlobException(
            BlobError.OtherSize, $"upload '{id}' was begun with {status.SizeBytes} bytes, not {sizeBytes}");
    }

    public async Task<UploadStatus?> FindAsync(UploadId id, CancellationToken cancellationToken)
    {
        if (taken.ContainsKey(id)) throw AzureFaults.Busy(id);
        if (await StagedUpload.FindAsync(BlobOf(id), cancellationToken) is not { } found) return null;
        return found.IsLeased ? throw AzureFaults.Busy(id) : new(id, found.SizeBytes, found.Chain.LengthBytes);
    }

    public async Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken)
    {
        using var turn = Enter(id);
        await using var upload = await TakeAsync(id, cancellationToken) ?? throw AzureFaults.NoUpload(id);
        if (offset != upload.DurableBytes)
        {
            throw new BlobException(
                BlobError.WrongOffset,
                $"a write at {offset} of upload '{id}', which continues at {upload.DurableBytes}")
            {
                DurableBytes = upload.DurableBytes,
            };
        }

        await upload.AppendAsync(content, cancellationToken);
        return new(id, upload.SizeBytes, upload.DurableBytes);
    }

    public async Task<bool> AbortAsync(UploadId id, CancellationToken cancellationToken)
    {
        using var turn = Enter(id);
        try
        {
            await BlobOf(id).DeleteAsync(
                DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException error) when (AzureFaults.IsNotFound(error))
        {
            return false;
        }
    }

    public async Task<int> ExpireAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var item in container.GetBlobsAsync(prefix: Prefix, cancellationToken: cancellationToken))
        {
            if (item.Properties.LastModified >= since) continue;
            if (taken.Keys.Any(id => BlobNameOf(id) == item.Name)) continue;
            if (await DropIdleAsync(item, cancellationToken)) count++;
        }

        return count;
    }

    public async Task<StagingLink?> LinkAsync(
        UploadStatus upload, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        if (!container.CanGenerateSasUri) return null;
        if (taken.ContainsKey(upload.Id)) throw AzureFaults.Busy(upload.Id);
        var blob = BlobOf(upload.Id);

        // What is staged past this process changes no date, and an upload in progress must not expire.
        await blob.SetMetadataAsync(
            StagedUpload.Declared(upload.SizeBytes), cancellationToken: cancellationToken);
        var expires = time.GetUtcNow() + lifetime;
        var isDevelopment = blob.Uri is { IsLoopback: true } && blob.Uri.Scheme == Uri.UriSchemeHttp;
        var permission = new BlobSasBuilder(BlobSasPermissions.Write, expires)
        {
            Protocol = isDevelopment ? SasProtocol.HttpsAndHttp : SasProtocol.Https,
        };
        return new(blob.GenerateSasUri(permission), expires, pieceBytes);
    }

    /// <summary>This process's turn with an upload, until it is disposed of.</summary>
    public Turn Enter(UploadId id)
    {
        var turn = new Turn(this, id);
        return taken.TryAdd(id, turn) ? turn : throw AzureFaults.Busy(id);
    }

    /// <summary>The upload for this process alone; null where there is none.</summary>
    public Task<StagedUpload?> TakeAsync(UploadId id, CancellationToken cancellationToken) =>
        StagedUpload.TakeAsync(id, BlobOf(id), time, pieceBytes, cancellationToken);

    private async Task<bool> DropIdleAsync(BlobItem item, CancellationToken cancellationToken)
    {
        var blob = container.GetBlockBlobClient(item.Name);
        try
        {
            // Ours run out; one that never does was taken through a link.
            if (item.Properties.LeaseDuration == LeaseDurationType.Infinite)
                await blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: cancellationToken);
            await blob.DeleteAsync(
                DeleteSnapshotsOption.IncludeSnapshots, new() { IfMatch = item.Properties.ETag }, cancellationToken);
            return true;
        }
        catch (RequestFailedException error) when (AzureFaults.IsNotFound(error) || AzureFaults.IsContended(error))
        {
            return false;
        }
    }

    private BlockBlobClient BlobOf(UploadId id) => container.GetBlockBlobClient(BlobNameOf(id));

    private static string BlobNameOf(UploadId id) => Prefix + id.Value;

    /// <summary>Leave to work on an upload.</summary>
    internal sealed class Turn(AzureUploads uploads, UploadId id) : IDisposable
    {
        public void Dispose() => uploads.taken.TryRemove(id, out _);
    }
}
