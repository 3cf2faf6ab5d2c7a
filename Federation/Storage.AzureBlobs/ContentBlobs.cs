using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>
/// The blobs of a container, <c>blobs/HH/HASH</c>. When a blob was stored last is in its metadata, by the clock that
/// also judges its age; Azure's own date is of another clock, and cannot be set.
/// </summary>
internal sealed class ContentBlobs(BlobContainerClient container, int pieceBytes, TimeProvider time)
{
    private const string Prefix = "blobs/";
    private const string StoredKey = "stored";

    public async Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken) =>
        await PropertiesAsync(hash, cancellationToken) is { } found ? Blob(hash, found) : null;

    public async Task<Stream> OpenReadAsync(BlobHash hash, BlobRange? range, CancellationToken cancellationToken)
    {
        if (await PropertiesAsync(hash, cancellationToken) is not { ContentLength: var size })
            throw new BlobException(BlobError.BlobNotFound, $"there is no blob {hash}");
        var part = range ?? new(0, size);
        return part.IsWithin(size)
            ? new BlockReadStream(BlobOf(hash), part.Offset, part.Length)
            : throw new BlobException(
                BlobError.BadRange,
                $"{part.Length} bytes from {part.Offset} of the blob {hash}, which has {size} bytes");
    }

    public async Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken)
    {
        while (await PropertiesAsync(hash, cancellationToken) is { } found)
        {
            if (Blob(hash, found).StoredAt >= storedBefore) return false;
            try
            {
                await BlobOf(hash).DeleteAsync(
                    DeleteSnapshotsOption.IncludeSnapshots, new() { IfMatch = found.ETag }, cancellationToken);
                return true;
            }
            catch (RequestFailedException error)
                when (AzureFaults.IsContended(error) || AzureFaults.IsNotFound(error))
            {
                // It was stored again, or deleted, meanwhile.
            }
        }

        return false;
    }

    public async IAsyncEnumerable<StoredBlob> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pages = container.GetBlobsAsync(
            BlobTraits.Metadata, prefix: Prefix, cancellationToken: cancellationToken).AsPages().GetAsyncEnumerator(
            cancellationToken);
        await using (pages)
        {
            while (await AzureFaults.OfBlobsAsync(async () => await pages.MoveNextAsync()))
            {
                foreach (var item in pages.Current.Values)
                {
                    if (HashOf(item.Name) is not { } hash) continue;
                    var found = item.Properties;
                    yield return new(
                        hash, found.ContentLength!.Value, StoredAt(item.Metadata, found.LastModified!.Value));
                }
            }
        }
    }

    /// <summary>Where the content of a new blob is staged. It is no blob before <see cref="CommitAsync"/>.</summary>
    public PieceWriter NewWriter(BlobHash hash, long sizeBytes)
    {
        // Two calls may stage the same content at once, and one of them may lie: neither must commit the other's.
        var own = Guid.NewGuid().ToByteArray();
        return new(
            BlobOf(hash), offset => Convert.ToBase64String([.. own, .. BitConverter.GetBytes(offset)]),
            conditions: null, pieceBytes, first: 0, sizeBytes);
    }

    /// <summary>
    /// Makes what was written a blob, at once and whole. It replaces one of the same content, which thereby becomes
    /// young, and whole should it have been damaged.
    /// </summary>
    public async Task<StoredBlob> CommitAsync(BlobHash hash, PieceWriter content)
    {
        var stored = time.GetUtcNow();
        if (content.Staged.Count == 0)
        {
            // One request, which leaves nothing behind where it fails.
            using var whole = content.OpenRest();
            await BlobOf(hash).UploadAsync(whole, new BlobUploadOptions { Metadata = Stored(stored) });
            return new(hash, whole.Length, stored);
        }

        await content.StageRestAsync();
        try
        {
            await BlobOf(hash).CommitBlockListAsync(
                content.Staged, new CommitBlockListOptions { Metadata = Stored(stored) });
            return new(hash, content.Offset, stored);
        }
        catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Another call has stored the same content meanwhile, which drops all blocks that are staged only.
            return await RenewAsync(hash, CancellationToken.None) ?? throw AzureFaults.Unavailable(error);
        }
    }

    /// <summary>Makes a blob young; null where it is not there.</summary>
    public async Task<StoredBlob?> RenewAsync(BlobHash hash, CancellationToken cancellationToken)
    {
        while (await PropertiesAsync(hash, cancellationToken) is { } found)
        {
            var now = time.GetUtcNow();
            try
            {
                await BlobOf(hash).SetMetadataAsync(
                    Stored(now), new() { IfMatch = found.ETag }, cancellationToken);
                return new(hash, found.ContentLength, now);
            }
            catch (RequestFailedException error)
                when (AzureFaults.IsContended(error) || AzureFaults.IsNotFound(error))
            {
                // It was stored again, or deleted, meanwhile.
            }
        }

        return null;
    }

    private async Task<BlobProperties?> PropertiesAsync(BlobHash hash, CancellationToken cancellationToken)
    {
        try
        {
            return await BlobOf(hash).GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException error) when (AzureFaults.IsNotFound(error))
        {
            return null;
        }
    }

    private static StoredBlob Blob(BlobHash hash, BlobProperties found) =>
        new(hash, found.ContentLength, StoredAt(found.Metadata, found.LastModified));

    // A blob that was copied into the container by other means has Azure's date only.
    private static DateTimeOffset StoredAt(IDictionary<string, string> metadata, DateTimeOffset changed) =>
        metadata.TryGetValue(StoredKey, out var text) && DateTimeOffset.TryParseExact(
            text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var stored)
            ? stored
            : changed;

    private static Dictionary<string, string> Stored(DateTimeOffset at) =>
        new() { [StoredKey] = at.ToString("O", CultureInfo.InvariantCulture) };

    private BlockBlobClient BlobOf(BlobHash hash) => container.GetBlockBlobClient(NameOf(hash));

    private static string NameOf(BlobHash hash) => $"{Prefix}{hash.ToString()[..2]}/{hash}";

    private static BlobHash? HashOf(string name)
    {
        var last = name[(name.LastIndexOf('/') + 1)..];
        if (last.Length != 64 || !last.All(char.IsAsciiHexDigitLower)) return null;
        var hash = BlobHash.Parse(last);
        return NameOf(hash) == name ? hash : null;
    }
}
