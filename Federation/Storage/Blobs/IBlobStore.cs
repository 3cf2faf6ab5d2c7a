using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>
/// Large things, immutable, each known by the SHA-256 of its bytes. They come in by uploads, which can be resumed after
/// any interruption.
/// </summary>
/// <remarks>
/// What a method has answered is on the disk. No method holds a blob in memory. Faults of the disk in writing, too, are
/// <see cref="BlobException"/>s; those in reading, and those of a stream that the caller hands in, stay
/// <see cref="IOException"/>s. Where the disk is a service that is not reached, only the reading of an open stream ends
/// in one; all else is <see cref="BlobError.Unavailable"/>. All methods may be called at once from many threads.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Begins an upload, or finds the one that was begun with this id.</summary>
    /// <param name="id">Chosen by the caller, so that one that got no answer can ask again.</param>
    /// <param name="sizeBytes">Of the whole content.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobException">Too large, or begun with another size.</exception>
    Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default);

    /// <summary>How far an upload is; null where there is none.</summary>
    /// <exception cref="BlobException"><see cref="BlobError.UploadBusy"/>: it is being written.</exception>
    Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends <paramref name="content"/> to its end. Where that stream fails or the call is cancelled, what has come
    /// so far is kept.
    /// </summary>
    /// <param name="id">Of an upload begun.</param>
    /// <param name="offset">Bytes that are there already.</param>
    /// <param name="content">The next bytes; may be a part of the rest.</param>
    /// <param name="cancellationToken">Stops the reading of the content.</param>
    /// <exception cref="BlobException">
    /// No such upload, or being written; another offset, which the exception tells; content beyond the size.
    /// </exception>
    Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes an upload that is all there a blob. Where it is one already, by this or another upload, that is as good.
    /// </summary>
    /// <param name="id">Of the upload, which then is no more.</param>
    /// <param name="expected">SHA-256 of the content. Where it is another, the upload is dropped.</param>
    /// <param name="inspect">
    /// Reads the content, forward only, in the same pass that computes the hash. What it throws ends the call, and the
    /// upload stays. It must not trust what it has seen until this method has returned.
    /// </param>
    /// <param name="cancellationToken">Heeded until the hash is known.</param>
    /// <exception cref="BlobException">No such upload, not all there, being written, or another hash.</exception>
    Task<StoredBlob> CompleteUploadAsync(
        UploadId id,
        BlobHash expected,
        Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default);

    /// <summary>Drops an upload. One that is not there is no error.</summary>
    /// <exception cref="BlobException"><see cref="BlobError.UploadBusy"/>: it is being written.</exception>
    Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default);

    /// <summary>Drops the uploads to which nothing was written since a moment, and that nobody is writing.</summary>
    /// <returns>How many it dropped.</returns>
    Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default);

    /// <summary>Size and age of a blob; null where it is not there.</summary>
    Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a blob, or a part of it, for reading. The bytes are not checked: see
    /// <see cref="BlobStoreExtensions.OpenVerifiedAsync"/>.
    /// </summary>
    /// <param name="hash">Of the blob.</param>
    /// <param name="range">Null for all; the stream can then seek.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="BlobException">No such blob, or a range beyond its end.</exception>
    Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes a blob, unless it was stored, by whichever upload, since <paramref name="storedBefore"/>.
    /// </summary>
    /// <returns>True where there was such a blob.</returns>
    Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default);

    /// <summary>All blobs, in no order; those that come or go meanwhile may be in it or not.</summary>
    IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellationToken = default);
}
