using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>A blob store with fault points round what an upload does, and a disk that can be full.</summary>
/// <param name="blobs">Does the work.</param>
/// <param name="user">Who uses it; begins the names of the points.</param>
internal sealed class FaultyBlobs(IBlobStore blobs, string user) : IBlobStore
{
    public async Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default)
    {
        await FaultPoint.ReachAsync($"{user}-begin", cancellationToken);
        FullDisk.RequireRoom();
        return await blobs.BeginUploadAsync(id, sizeBytes, cancellationToken);
    }

    public Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        blobs.FindUploadAsync(id, cancellationToken);

    public Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default)
    {
        FullDisk.RequireRoom();
        return blobs.WriteAsync(
            id, offset, user == "upload" ? new HaltingStream(content, "upload-half") : content, cancellationToken);
    }

    public async Task<StoredBlob> CompleteUploadAsync(
        UploadId id, BlobHash expected, Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default)
    {
        await FaultPoint.ReachAsync($"before-{user}-complete", cancellationToken);
        var stored = await blobs.CompleteUploadAsync(id, expected, inspect, cancellationToken);
        await FaultPoint.ReachAsync($"after-{user}-complete", cancellationToken);
        return stored;
    }

    public Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        blobs.AbortUploadAsync(id, cancellationToken);

    public Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default) =>
        blobs.ExpireUploadsAsync(since, cancellationToken);

    public Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        blobs.FindAsync(hash, cancellationToken);

    public Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default) =>
        blobs.OpenReadAsync(hash, range, cancellationToken);

    public Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default) =>
        blobs.DeleteAsync(hash, storedBefore, cancellationToken);

    public IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellationToken = default) =>
        blobs.ListAsync(cancellationToken);
}
