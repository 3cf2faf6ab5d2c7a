namespace FedLowRank.Cli.Reports;

/// <summary>Files that belong together: those of one run and no other, whenever the program is killed.</summary>
internal static class WholeFiles
{
    /// <summary>
    /// Replaces the files of an earlier run by those of this one. At no moment do files of two runs lie side by side:
    /// the new ones are written out of sight, the old ones go, the new ones come. The last of
    /// <paramref name="names"/> goes first and comes last, so that where it is, all of its run are there. Other files
    /// in the folder stay.
    /// </summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="files">The new files, by names out of <paramref name="names"/>.</param>
    /// <param name="names">All names that a run may use, with / for a folder below.</param>
    public static void Replace(
        string folder, IReadOnlyDictionary<string, byte[]> files, IReadOnlyList<string> names)
    {
        var staging = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            foreach (var step in Steps(folder, staging, files, names)) step();
        }
        finally
        {
            if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        }
    }

    /// <summary>
    /// The single operations, in their order. Between any two the program may be killed, so that none of the later
    /// ones happens; each by itself happens or does not.
    /// </summary>
    internal static IEnumerable<Action> Steps(
        string folder, string staging, IReadOnlyDictionary<string, byte[]> files, IReadOnlyList<string> names)
    {
        yield return () => Directory.CreateDirectory(staging);
        foreach (var name in names.Where(files.ContainsKey))
            yield return () => WriteDurably(Path.Combine(staging, name), files[name]);

        foreach (var name in names.Reverse())
            yield return () => Remove(Path.Combine(folder, name), folder);

        foreach (var name in names.Where(files.ContainsKey))
            yield return () => Move(Path.Combine(staging, name), Path.Combine(folder, name));
    }

    // On the disk before the rename: a file that has its name must have its content, after a power cut too.
    private static void WriteDurably(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Takes a file away, and with the last file of a folder below that folder.</summary>
    private static void Remove(string path, string folder)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent)) return;
        File.Delete(path);
        if (parent != folder && !Directory.EnumerateFileSystemEntries(parent).Any()) Directory.Delete(parent);
    }

    private static void Move(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(from, to);
    }
}
