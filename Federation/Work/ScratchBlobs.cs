using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>A store that is only read, and a scratch before it that takes all that is written.</summary>
internal sealed class ScratchBlobs(IBlobStore source, IBlobStore scratch) : IBlobStore
{
    public Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default) =>
        scratch.BeginUploadAsync(id, sizeBytes, cancellationToken);

    public Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        scratch.FindUploadAsync(id, cancellationToken);

    public Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default) =>
        scratch.WriteAsync(id, offset, content, cancellationToken);

    public Task<StoredBlob> CompleteUploadAsync(
        UploadId id, BlobHash expected, Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default) =>
        scratch.CompleteUploadAsync(id, expected, inspect, cancellationToken);

    public Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        scratch.AbortUploadAsync(id, cancellationToken);

    public Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default) =>
        scratch.ExpireUploadsAsync(since, cancellationToken);

    public async Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        await scratch.FindAsync(hash, cancellationToken) ?? await source.FindAsync(hash, cancellationToken);

    public async Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default)
    {
        var isScratch = await scratch.FindAsync(hash, cancellationToken) is not null;
        return await (isScratch ? scratch : source).OpenReadAsync(hash, range, cancellationToken);
    }

    public Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default) =>
        scratch.DeleteAsync(hash, storedBefore, cancellationToken);

    public IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellationToken = default) =>
        scratch.ListAsync(cancellationToken);
}
