using System.Buffers;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>
/// The uploads of a folder. The length of an upload's file is how far it is: after a power cut a file system may have
/// kept a length without its bytes, which the hash finds at the end.
/// </summary>
internal sealed class FileUploads(string folder, BlobLimits limits, TimeProvider time, Disk disk)
{
    private const int BufferBytes = 64 << 10;

    private readonly FolderLock beginning = new($"{folder}.lock", time);

    public UploadStatus Begin(UploadId id, long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        if (sizeBytes > limits.BlobBytesMax)
        {
            throw new BlobException(
                BlobError.TooLarge, $"upload '{id}' has {sizeBytes} bytes, at most {limits.BlobBytesMax}");
        }

        beginning.Do(() =>
        {
            var upload = FolderOf(id);
            if (upload.Content() is not null) return;
            disk.CreateFolder(upload.Path);
            disk.CreateFile(upload.NewFile(sizeBytes));
            disk.SyncFolder(upload.Path);
            disk.SyncFolder(folder);
        });

        if (Find(id) is not { } status) throw NotFound(id);
        if (status.SizeBytes == sizeBytes) return status;
        throw new BlobException(
            BlobError.OtherSize, $"upload '{id}' was begun with {status.SizeBytes} bytes, not {sizeBytes}");
    }

    public UploadStatus? Find(UploadId id)
    {
        if (FolderOf(id).Content() is not { } content) return null;
        using var file = Open(id, content.File);
        return file is null ? null : Status(id, content.SizeBytes, file);
    }

    public async Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken)
    {
        var (path, size) = FolderOf(id).Content() ?? throw NotFound(id);
        await using var file = Open(id, path) ?? throw NotFound(id);
        if (offset != file.Length)
        {
            var durable = Status(id, size, file).DurableBytes;
            throw new BlobException(
                BlobError.WrongOffset, $"a write at {offset} of upload '{id}', which continues at {durable}")
            {
                DurableBytes = durable,
            };
        }

        file.Position = offset;
        try
        {
            await CopyAsync(id, content, file, size, cancellationToken);
        }
        finally
        {
            Sync(file);
        }

        return new(id, size, file.Length);
    }

    /// <summary>Checks the content and makes it durable with its age.</summary>
    /// <returns>
    /// The file, to be renamed before it is closed, so that nobody else has it open once it is a blob; null where there
    /// is no such upload.
    /// </returns>
    public async Task<FileStream?> SealAsync(
        UploadId id,
        BlobHash expected,
        Func<Stream, CancellationToken, Task>? inspect,
        CancellationToken cancellationToken)
    {
        if (FolderOf(id).Content() is not { } content || Open(id, content.File) is not { } file) return null;
        try
        {
            await CheckAsync(id, file, content.SizeBytes, expected, inspect, cancellationToken);
            disk.Stamp(file, time.GetUtcNow());
            Sync(file);
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public void Abort(UploadId id)
    {
        if (FolderOf(id).Content() is { } content)
        {
            using var file = Open(id, content.File);
            if (file is not null) disk.DeleteFile(content.File);
        }

        Forget(id);
    }

    public int Expire(DateTimeOffset since)
    {
        var count = 0;
        foreach (var path in Directory.GetDirectories(folder))
        {
            if (beginning.Do(() => DropIdle(new(path), since))) count++;
        }

        return count;
    }

    /// <summary>Removes what is left of an upload that has no content any more.</summary>
    public void Forget(UploadId id) => beginning.Do(() => disk.DeleteFolder(FolderOf(id).Path));

    private bool DropIdle(UploadFolder upload, DateTimeOffset since)
    {
        if (upload.Content() is not { } content)
        {
            if (Directory.GetLastWriteTimeUtc(upload.Path) < since.UtcDateTime) disk.DeleteFolder(upload.Path);
            return false;
        }

        if (File.GetLastWriteTimeUtc(content.File) >= since.UtcDateTime) return false;
        try
        {
            using var file = Disk.OpenAlone(content.File);
            if (file is null) return false;
            disk.DeleteFile(content.File);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        disk.DeleteFolder(upload.Path);
        return true;
    }

    private async Task CopyAsync(
        UploadId id, Stream content, FileStream file, long size, CancellationToken cancellationToken)
    {
        // Rented, because a thousand uploads in a row would leave as many buffers behind.
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (var left = size - file.Position; ;)
            {
                var read = await content.ReadAsync(buffer, cancellationToken);
                if (read == 0) return;
                if (read > left)
                {
                    throw new BlobException(
                        BlobError.ContentTooLong, $"upload '{id}' was begun with {size} bytes and there are more");
                }

                await disk.WriteAsync(file, buffer.AsMemory(0, read));
                left -= read;
            }
        }
        finally
        {
            // It held an agent's update.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private async Task CheckAsync(
        UploadId id, FileStream file, long size, BlobHash expected, Func<Stream, CancellationToken, Task>? inspect,
        CancellationToken cancellationToken)
    {
        if (file.Length < size)
        {
            var durable = Status(id, size, file).DurableBytes;
            throw new BlobException(BlobError.Incomplete, $"upload '{id}' has {durable} of {size} bytes")
            {
                DurableBytes = durable,
            };
        }

        var hash = await HashAsync(file, inspect, cancellationToken);
        if (hash == expected) return;
        disk.DeleteFile(file.Name);
        throw new BlobException(
            BlobError.HashMismatch, $"upload '{id}' has the hash {hash}, not {expected}; it is dropped");
    }

    private static async Task<BlobHash> HashAsync(
        FileStream file, Func<Stream, CancellationToken, Task>? inspect, CancellationToken cancellationToken)
    {
        file.Position = 0;
        await using var hashing = new HashingStream(file, leavesOpen: true);
        if (inspect is not null)
        {
            // What the inspection closes is its own; what it leaves unread is hashed all the same.
            await using var inspected = new RangeStream(hashing, file.Length, leavesOpen: true);
            await inspect(inspected, cancellationToken);
        }

        await hashing.CopyToAsync(Stream.Null, BufferBytes, cancellationToken);
        return hashing.Hash;
    }

    /// <summary>How far the upload is, on the disk.</summary>
    private UploadStatus Status(UploadId id, long size, FileStream file)
    {
        Sync(file);
        return new(id, size, file.Length);
    }

    // After a failed sync nobody knows which bytes are on the disk, and asking again would not tell.
    private void Sync(FileStream file)
    {
        try
        {
            disk.SyncFile(file);
        }
        catch (BlobException)
        {
            disk.DeleteFile(file.Name);
            throw;
        }
    }

    private static FileStream? Open(UploadId id, string path)
    {
        try
        {
            return Disk.OpenAlone(path) ??
                throw new BlobException(BlobError.UploadBusy, $"upload '{id}' is being written; ask again");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static BlobException NotFound(UploadId id) =>
        new(BlobError.UploadNotFound, $"there is no upload '{id}'; begin it again");

    private UploadFolder FolderOf(UploadId id) => new(Path.Combine(folder, id.Value));
}
