namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>All changes that a store makes to a disk; its faults as typed errors.</summary>
/// <param name="before">Called before each step; a test throws from it what a disk, or a kill, would do.</param>
internal sealed class Disk(Action<DiskStep>? before = null)
{
    private const int WindowsSharing = unchecked((int)0x80070020);
    private const int LinuxLocked = 11;
    private const int MacLocked = 35;

    public void CreateFolder(string path) => Do(DiskStep.CreateFolder, path, () => StateFolder.Create(path));

    public void CreateFile(string path) => Do(DiskStep.CreateFile, path, () =>
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    });

    /// <summary>
    /// For this caller alone, who may rename and delete it; null where another has it.
    /// </summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static FileStream? OpenAlone(string path)
    {
        var file = Alone(path, new()
        {
            Mode = FileMode.Open,
            Access = FileAccess.ReadWrite,
            Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });

        // Another may have renamed it after it was opened here and before it was locked: then it is a blob.
        if (file is null || File.Exists(path)) return file;
        file.Dispose();
        throw new FileNotFoundException("renamed or deleted meanwhile", path);
    }

    /// <summary>Together with others, also where one had it for itself a moment ago.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static FileStream OpenShared(string path, FileAccess access)
    {
        const int TriesMax = 1000;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (IOException error) when (IsHeld(error) && tries < TriesMax)
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>The same for a file that is only there to be held, and is made where it is missing.</summary>
    public static FileStream? OpenLock(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return Alone(path, options);
    }

    private static FileStream? Alone(string path, FileStreamOptions options)
    {
        try
        {
            return new(path, options);
        }
        catch (IOException error) when (IsHeld(error))
        {
            return null;
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw Typed(error, path);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new BlobException(BlobError.Unavailable, $"'{path}': {error.Message}", error);
        }
    }

    public async ValueTask WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            before?.Invoke(DiskStep.Write);
            await file.WriteAsync(bytes, CancellationToken.None);
        }
        catch (IOException error)
        {
            throw Typed(error, file.Name);
        }
    }

    public void Stamp(FileStream file, DateTimeOffset time) => Do(
        DiskStep.Stamp, file.Name, () => File.SetLastWriteTimeUtc(file.SafeFileHandle, time.UtcDateTime));

    public void SyncFile(FileStream file) => Do(
        DiskStep.SyncFile, file.Name, () => file.Flush(flushToDisk: true));

    /// <summary>Replaces what has the name.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public void Rename(string from, string to) => Do(
        DiskStep.Rename, from, () => File.Move(from, to, overwrite: true));

    public void SyncFolder(string path) => Do(DiskStep.SyncFolder, path, () => StateFolder.Sync(path));

    public void DeleteFile(string path) => Do(DiskStep.DeleteFile, path, () => File.Delete(path));

    /// <summary>An empty folder; one that is not empty, or not there, stays as it is.</summary>
    public void DeleteFolder(string path)
    {
        before?.Invoke(DiskStep.DeleteFolder);
        try
        {
            Directory.Delete(path);
        }
        catch (IOException)
        {
            // Something was begun in it meanwhile, or another caller was first.
        }
    }

    private void Do(DiskStep step, string path, Action action)
    {
        try
        {
            before?.Invoke(step);
            action();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new BlobException(BlobError.Unavailable, $"'{path}': {error.Message}", error);
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw Typed(error, path);
        }
    }

    private static bool IsHeld(IOException error) => error.HResult is WindowsSharing or LinuxLocked or MacLocked;

    private static BlobException Typed(IOException error, string path) =>
        new(DiskFull.Is(error) ? BlobError.DiskFull : BlobError.Unavailable, $"'{path}': {error.Message}", error);
}
