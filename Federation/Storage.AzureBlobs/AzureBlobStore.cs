using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>
/// Blobs in a container of Azure Blob Storage. Any number of processes may share it: an upload that one of them began
/// is continued by another, and a lease sees to it that one at a time writes it. One that was killed holds its lease
/// for 15 more seconds.
/// </summary>
/// <remarks>
/// A blob is all there or not at all, since Azure makes a list of blocks a blob in one step. Azure does not tell a full
/// account from other faults, so <see cref="BlobError.DiskFull"/> does not occur.
/// </remarks>
public sealed class AzureBlobStore : IBlobStore, IStagedUploads
{
    /// <summary>Of a block: one is in memory for each upload that is written. A blob has at most 50,000.</summary>
    private const int PieceBytes = 4 << 20;

    private readonly AzureUploads uploads;
    private readonly ContentBlobs contents;

    /// <summary>The store of a container that is there. Tests cut smaller pieces.</summary>
    internal AzureBlobStore(BlobContainerClient container, BlobLimits limits, TimeProvider time, int pieceBytes)
    {
        var bytesMax = (long)BlockChain.BlocksMax * pieceBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.BlobBytesMax, bytesMax, nameof(limits));
        uploads = new(container, limits, pieceBytes, time);
        contents = new(container, pieceBytes, time);
    }

    /// <summary>How a client reaches Azure: six tries, seconds apart, and none without an end.</summary>
    public static BlobClientOptions ClientOptions() => new()
    {
        Retry =
        {
            Mode = RetryMode.Exponential,
            MaxRetries = 5,
            Delay = TimeSpan.FromSeconds(0.4),
            MaxDelay = TimeSpan.FromSeconds(5),
            NetworkTimeout = TimeSpan.FromSeconds(30),
        },
    };

    /// <summary>Opens the store of a container, or makes it, closed to the public.</summary>
    /// <param name="container">Where; best with <see cref="ClientOptions"/>.</param>
    /// <param name="time">Gives a blob its age.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobException">Azure is not reached, or does not allow it.</exception>
    public static async Task<AzureBlobStore> OpenAsync(
        BlobContainerClient container, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        await AzureFaults.OfBlobsAsync(
            () => container.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: cancellationToken));
        return new(container, new(), time ?? TimeProvider.System, PieceBytes);
    }

    /// <inheritdoc/>
    public Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default) =>
        AzureFaults.OfUploadAsync(id, () => uploads.BeginAsync(id, sizeBytes, cancellationToken));

    /// <inheritdoc/>
    public Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        AzureFaults.OfUploadAsync(id, () => uploads.FindAsync(id, cancellationToken));

    /// <inheritdoc/>
    public Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default) =>
        AzureFaults.OfUploadAsync(id, () => uploads.WriteAsync(id, offset, content, cancellationToken));

    /// <inheritdoc/>
    public Task<StoredBlob> CompleteUploadAsync(
        UploadId id,
        BlobHash expected,
        Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default) =>
        AzureFaults.OfUploadAsync(id, () => CompleteAsync(id, expected, inspect, cancellationToken));

    /// <inheritdoc/>
    public Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        AzureFaults.OfUploadAsync(id, () => uploads.AbortAsync(id, cancellationToken));

    /// <inheritdoc/>
    public Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default) =>
        AzureFaults.OfBlobsAsync(() => uploads.ExpireAsync(since, cancellationToken));

    /// <inheritdoc/>
    public Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        AzureFaults.OfBlobsAsync(() => contents.FindAsync(hash, cancellationToken));

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default) =>
        AzureFaults.OfBlobsAsync(() => contents.OpenReadAsync(hash, range, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default) =>
        AzureFaults.OfBlobsAsync(() => contents.DeleteAsync(hash, storedBefore, cancellationToken));

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellationToken = default) =>
        contents.ListAsync(cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// A SAS of the service for one blob, to be used over TLS alone. It is signed with the account's key; a client
    /// without one has no means to.
    /// </remarks>
    public Task<StagingLink?> LinkAsync(
        UploadStatus upload, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
        AzureFaults.OfUploadAsync(upload.Id, () => uploads.LinkAsync(upload, lifetime, cancellationToken));

    private async Task<StoredBlob> CompleteAsync(
        UploadId id, BlobHash expected, Func<Stream, CancellationToken, Task>? inspect,
        CancellationToken cancellationToken)
    {
        using var turn = uploads.Enter(id);
        await using var upload = await uploads.TakeAsync(id, cancellationToken);

        // Without an upload, as when an earlier call was killed at its end, the blob that is there becomes young.
        if (upload is null)
            return await contents.RenewAsync(expected, cancellationToken) ?? throw AzureFaults.NoUpload(id);
        await RequireWholeAsync(id, upload);
        await upload.CommitAsync();
        using var copy = contents.NewWriter(expected, upload.SizeBytes);
        var hash = await CopyAsync(upload, copy, inspect, cancellationToken);
        if (hash != expected)
        {
            await upload.DropAsync();
            throw new BlobException(
                BlobError.HashMismatch, $"upload '{id}' has the hash {hash}, not {expected}; it is dropped");
        }

        var blob = await contents.CommitAsync(expected, copy);
        await upload.DropAsync();
        return blob;
    }

    private static async Task RequireWholeAsync(UploadId id, StagedUpload upload)
    {
        var (durable, size) = (upload.DurableBytes, upload.SizeBytes);
        if (durable == size) return;
        if (durable < size)
        {
            throw new BlobException(BlobError.Incomplete, $"upload '{id}' has {durable} of {size} bytes")
            {
                DurableBytes = durable,
            };
        }

        // Written through a link, past this process.
        await upload.DropAsync();
        throw new BlobException(
            BlobError.ContentTooLong, $"upload '{id}' was begun with {size} bytes and has {durable}; it is dropped");
    }

    /// <summary>One pass over the content: hashed, inspected, and staged under the name that it shall have.</summary>
    private static async Task<BlobHash> CopyAsync(
        StagedUpload upload, PieceWriter copy, Func<Stream, CancellationToken, Task>? inspect,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var content = upload.OpenRead();
            await using var copying = new CopyingStream(content, copy);
            if (inspect is not null)
            {
                // What the inspection closes is its own; what it leaves unread is hashed all the same.
                await using var inspected = new RangeStream(copying, upload.SizeBytes, leavesOpen: true);
                await inspect(inspected, cancellationToken);
            }

            await copying.CopyToAsync(Stream.Null, cancellationToken);
            return copying.Hash;
        }
        catch (AzureReadException error)
        {
            throw AzureFaults.Unavailable(error.InnerException!);
        }
    }
}
