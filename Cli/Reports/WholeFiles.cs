namespace FedLowRank.Cli.Reports;

/// <summary>Files that belong together.</summary>
internal static class WholeFiles
{
    /// <summary>
    /// Writes files into a folder, which is made where it is missing. Each appears whole or not at all, and none
    /// appears unless all could be written; files of the same names are replaced.
    /// </summary>
    public static void Write(string folder, IEnumerable<(string Name, byte[] Content)> files)
    {
        Directory.CreateDirectory(folder);
        var whole = files.Select(file => (
            Final: Path.Combine(folder, file.Name),
            Temporary: Path.Combine(folder, $".{file.Name}.{Guid.NewGuid():N}.tmp"),
            file.Content)).ToList();
        try
        {
            foreach (var file in whole) WriteDurably(file.Temporary, file.Content);
            foreach (var file in whole) File.Move(file.Temporary, file.Final, overwrite: true);
        }
        finally
        {
            foreach (var file in whole) File.Delete(file.Temporary);
        }
    }

    // On the disk before the rename: a file that has its name must have its content, after a power cut too.
    private static void WriteDurably(string path, byte[] content)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }
}
