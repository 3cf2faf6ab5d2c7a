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

    /// <summary>For this caller alone; null where another has it.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static FileStream? OpenAlone(string path)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (IOException error) when (error.HResult is WindowsSharing or LinuxLocked or MacLocked)
        {
            return null;
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw Typed(error, path);
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

    private static BlobException Typed(IOException error, string path) =>
        new(DiskFull.Is(error) ? BlobError.DiskFull : BlobError.Unavailable, $"'{path}': {error.Message}", error);
}
