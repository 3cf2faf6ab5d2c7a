namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>
/// What a store can do besides, whose storage lets others write an upload by a link. Pieces that came by one count as
/// if they had been written: <see cref="IBlobStore.FindUploadAsync"/> tells how far they reach without a gap, and
/// <see cref="IBlobStore.CompleteUploadAsync"/> reads, checks and copies them. Nothing that is written by a link, at
/// whatever time, changes a blob.
/// </summary>
public interface IStagedUploads
{
    /// <summary>Makes a link, and the upload young.</summary>
    /// <param name="upload">An upload begun.</param>
    /// <param name="lifetime">How long the link holds.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Null where this store has no means to.</returns>
    /// <exception cref="BlobException">No such upload, or being written.</exception>
    Task<StagingLink?> LinkAsync(
        UploadStatus upload, TimeSpan lifetime, CancellationToken cancellationToken = default);
}
