using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>A store, with something before each deletion.</summary>
internal sealed class TrappedBlobs(IBlobStore inner) : IBlobStore
{
    /// <summary>Runs before a blob is deleted; may wait.</summary>
    public Func<BlobHash, Task>? BeforeDelete { get; set; }

    public async Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default)
    {
        if (BeforeDelete is { } trap) await trap(hash);
        return await inner.DeleteAsync(hash, storedBefore, cancellationToken);
    }

    public Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default) =>
        inner.BeginUploadAsync(id, sizeBytes, cancellationToken);

    public Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        inner.FindUploadAsync(id, cancellationToken);

    public Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(id, offset, content, cancellationToken);

    public Task<StoredBlob> CompleteUploadAsync(
        UploadId id, BlobHash expected, Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default) =>
        inner.CompleteUploadAsync(id, expected, inspect, cancellationToken);

    public Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        inner.AbortUploadAsync(id, cancellationToken);

    public Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default) =>
        inner.ExpireUploadsAsync(since, cancellationToken);

    public Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        inner.FindAsync(hash, cancellationToken);

    public Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default) =>
        inner.OpenReadAsync(hash, range, cancellationToken);

    public IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellationToken = default) =>
        inner.ListAsync(cancellationToken);
}
