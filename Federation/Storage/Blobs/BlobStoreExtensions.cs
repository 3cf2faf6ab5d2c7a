using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>What every blob store can do by what the port has.</summary>
public static class BlobStoreExtensions
{
    /// <summary>
    /// Opens a blob so that its last read, the one that returns nothing, throws where the bytes are not those of the
    /// hash.
    /// </summary>
    /// <exception cref="BlobException">No such blob; when read, <see cref="BlobError.Damaged"/>.</exception>
    public static async Task<Stream> OpenVerifiedAsync(
        this IBlobStore blobs, BlobHash hash, CancellationToken cancellationToken = default) =>
        new VerifyingStream(await blobs.OpenReadAsync(hash, null, cancellationToken), hash);

    /// <summary>Stores what the server itself has made.</summary>
    /// <param name="blobs">Where to.</param>
    /// <param name="content">Can seek; read from its beginning, twice.</param>
    /// <param name="cancellationToken">Stops; a rest of the upload expires.</param>
    public static async Task<StoredBlob> PutAsync(
        this IBlobStore blobs, Stream content, CancellationToken cancellationToken = default)
    {
        content.Position = 0;
        var hash = BlobHash.Of(await SHA256.HashDataAsync(content, cancellationToken));
        content.Position = 0;
        var upload = new UploadId($"put-{Guid.NewGuid():N}");
        await blobs.BeginUploadAsync(upload, content.Length, cancellationToken);
        await blobs.WriteAsync(upload, 0, content, cancellationToken);
        return await blobs.CompleteUploadAsync(upload, hash, null, cancellationToken);
    }
}
