using System.Runtime.CompilerServices;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>
/// Blobs as files of a folder, in 256 folders by the first byte of the hash. Uploads lie beside them, on the same file
/// system, and become blobs by a rename. Several processes may have the folder open; what they must not do at the same
/// time they do under <see cref="FolderLock"/>.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    private readonly string blobsFolder;
    private readonly FileUploads uploads;
    private readonly TimeProvider time;
    private readonly Disk disk;

    // A blob that is stored again while it is being deleted must stay.
    private readonly FolderLock renaming;

    private FileBlobStore(string folder, BlobLimits limits, TimeProvider time, Disk disk)
    {
        blobsFolder = Path.Combine(folder, "blobs");
        var uploadsFolder = Path.Combine(folder, "uploads");
        disk.CreateFolder(blobsFolder);
        disk.CreateFolder(uploadsFolder);
        disk.SyncFolder(folder);

        // A kill may have come after a folder was made for a hash and before it was durable.
        disk.SyncFolder(blobsFolder);
        uploads = new(uploadsFolder, limits, time, disk);
        renaming = new(Path.Combine(folder, "blobs.lock"), time);
        (this.time, this.disk) = (time, disk);
    }

    /// <summary>Opens the store of a folder, or makes it.</summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="limits">What it takes.</param>
    /// <param name="time">Gives a blob its age.</param>
    /// <exception cref="BlobException">The folder cannot be made or written.</exception>
    public static FileBlobStore Open(string folder, BlobLimits? limits = null, TimeProvider? time = null) =>
        Open(folder, limits ?? new(), time ?? TimeProvider.System, new Disk());

    /// <inheritdoc/>
    public Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default) =>
        Task.Run(() => uploads.Begin(id, sizeBytes), cancellationToken);

    /// <inheritdoc/>
    public Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        Task.Run(() => uploads.Find(id), cancellationToken);

    /// <inheritdoc/>
    public Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default) =>
        uploads.WriteAsync(id, offset, content, cancellationToken);

    /// <inheritdoc/>
    public async Task<StoredBlob> CompleteUploadAsync(
        UploadId id,
        BlobHash expected,
        Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default)
    {
        await using var file = await uploads.SealAsync(id, expected, inspect, cancellationToken);
        if (Publish(file?.Name, expected) is not { } blob)
            throw new BlobException(BlobError.UploadNotFound, $"there is no upload '{id}'; begin it again");

        uploads.Forget(id);
        return blob;
    }

    /// <inheritdoc/>
    public Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        Task.Run(() => uploads.Abort(id), cancellationToken);

    /// <inheritdoc/>
    public Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default) =>
        Task.Run(() => uploads.Expire(since), cancellationToken);

    /// <inheritdoc/>
    public Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        Task.Run(() => Stored(hash), cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => OpenRead(hash, range), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default) =>
        Task.Run(() => Delete(hash, storedBefore), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBlob> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var shard in Directory.GetDirectories(blobsFolder))
        {
            var names = await Task.Run(() => Directory.GetFiles(shard), cancellationToken);

            // Network drives keep an open file that was deleted under a name of their own.
            foreach (var name in names.Select(Path.GetFileName).OfType<string>().Where(IsHash))
            {
                if (Stored(BlobHash.Parse(name)) is { } blob) yield return blob;
            }
        }
    }

    /// <summary>For tests: a disk that fails.</summary>
    internal static FileBlobStore Open(string folder, BlobLimits limits, TimeProvider time, Disk disk)
    {
        disk.CreateFolder(folder);
        return new(folder, limits, time, disk);
    }

    /// <summary>
    /// Makes a sealed file a blob. It replaces one of the same content, which thereby becomes young, and whole should
    /// it have been damaged. Without a file, as when an earlier call was killed after its rename, the blob that is
    /// there becomes young.
    /// </summary>
    private StoredBlob? Publish(string? file, BlobHash hash)
    {
        var blob = renaming.Do(() =>
        {
            if (file is null || !Rename(file, hash)) Renew(hash);
            return Stored(hash);
        });
        if (blob is not null) disk.SyncFolder(ShardOf(hash));
        return blob;
    }

    private void Renew(BlobHash hash)
    {
        if (Stored(hash) is null) return;
        using var blob = Disk.OpenShared(PathOf(hash), FileAccess.ReadWrite);
        disk.Stamp(blob, time.GetUtcNow());
        disk.SyncFile(blob);
    }

    /// <summary>False where another call has completed or dropped the upload meanwhile.</summary>
    private bool Rename(string file, BlobHash hash)
    {
        var shard = ShardOf(hash);
        if (!Directory.Exists(shard))
        {
            disk.CreateFolder(shard);
            disk.SyncFolder(blobsFolder);
        }

        try
        {
            disk.Rename(file, PathOf(hash));
            return true;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private bool Delete(BlobHash hash, DateTimeOffset storedBefore) => renaming.Do(() =>
    {
        if (Stored(hash) is not { } blob || blob.StoredAt >= storedBefore) return false;
        disk.DeleteFile(PathOf(hash));
        return true;
    });

    private Stream OpenRead(BlobHash hash, BlobRange? range)
    {
        FileStream file;
        try
        {
            file = Disk.OpenShared(PathOf(hash), FileAccess.Read);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BlobException(BlobError.BlobNotFound, $"there is no blob {hash}", error);
        }

        if (range is not { } part) return file;
        var size = file.Length;
        if (!part.IsWithin(size))
        {
            file.Dispose();
            throw new BlobException(
                BlobError.BadRange,
                $"{part.Length} bytes from {part.Offset} of the blob {hash}, which has {size} bytes");
        }

        file.Position = part.Offset;
        return new RangeStream(file, part.Length);
    }

    private StoredBlob? Stored(BlobHash hash)
    {
        var file = new FileInfo(PathOf(hash));
        return file.Exists ? new(hash, file.Length, new(file.LastWriteTimeUtc, TimeSpan.Zero)) : null;
    }

    private static bool IsHash(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);

    private string ShardOf(BlobHash hash) => Path.Combine(blobsFolder, hash.ToString()[..2]);

    private string PathOf(BlobHash hash) => Path.Combine(ShardOf(hash), hash.ToString());
}
