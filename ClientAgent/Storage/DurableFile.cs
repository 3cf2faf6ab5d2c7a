using FedLowRank.Federation.Storage;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>Files that are there whole or not at all, whenever the machine stops.</summary>
/// <param name="before">Called with the path before each step; a test throws from it what a kill would do.</param>
internal sealed class DurableFile(Action<string>? before = null)
{
    /// <summary>Ends the names of files that are not whole yet; what has it after a crash is rubbish.</summary>
    public const string StagedSuffix = ".tmp";

    /// <summary>Writes a file in place of what has its name; durable when this returns.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(string path, Action<Stream> content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        StateFolder.Create(folder);
        var staged = path + StagedSuffix;
        before?.Invoke(staged);
        using (var stream = Create(staged, FileMode.Create))
        {
            content(stream);
            stream.Flush(flushToDisk: true);
        }

        before?.Invoke(path);
        File.Move(staged, path, overwrite: true);
        before?.Invoke(folder);
        StateFolder.Sync(folder);
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/>.</summary>
    public void Write(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Adds to the end of a file, which is made where it is missing; durable when this returns.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Append(string path, ReadOnlySpan<byte> content)
    {
        before?.Invoke(path);
        using (var stream = Create(path, FileMode.Append))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        before?.Invoke(folder);
        StateFolder.Sync(folder);
    }

    private static FileStream Create(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
