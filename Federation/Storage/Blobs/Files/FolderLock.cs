namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>
/// A lock of a folder, for all threads of all processes that work on it. The system releases it with the process that
/// holds it. Folders on other machines need a file system that locks for all of them, such as NFS 4.
/// </summary>
/// <param name="file">Made where it is missing; stays.</param>
/// <param name="time">Ends the wait for a process that does not let go.</param>
internal sealed class FolderLock(string file, TimeProvider time)
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // Threads of this process wait here, so that no more than one of them asks again and again.
    private readonly Lock within = new();

    /// <summary>
    /// Does it while nobody else does anything under this lock. Short: others wait without doing anything.
    /// </summary>
    /// <exception cref="BlobException">Another process has it for too long, or the file cannot be made.</exception>
    public T Do<T>(Func<T> action)
    {
        lock (within)
        {
            using var held = Take();
            return action();
        }
    }

    /// <inheritdoc cref="Do{T}"/>
    public void Do(Action action) => Do(() =>
    {
        action();
        return 0;
    });

    private FileStream Take()
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            if (Disk.OpenLock(file) is { } held) return held;
            if (time.GetElapsedTime(begin) > WaitMax)
            {
                throw new BlobException(
                    BlobError.Unavailable, $"'{file}' is locked by another process for over {WaitMax.TotalSeconds} s");
            }

            Thread.Sleep(Pause);
        }
    }
}
