using System.Text;

namespace FedLowRank.Federation.Identity.Files;

/// <summary>
/// Small text files that only their owner may read: mode 0600, replaced whole or not at all. On Windows, which has no
/// modes, the access list of the folder is what guards them.
/// </summary>
public static class PrivateFiles
{
    private const int SizeMax = 65_536;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Writes a file that is on the disk, whole, once it has its name. Makes its folder if need be.</summary>
    /// <exception cref="IdentityFileException">The file exists and is not to be replaced.</exception>
    public static void Write(string path, string text, bool replace)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        CreateFolder(folder);
        var staged = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        try
        {
            using (var stream = new FileStream(staged, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            Rename(staged, path, replace);
        }
        finally
        {
            File.Delete(staged);
        }
    }

    /// <summary>Reads a file that nobody else can read.</summary>
    /// <exception cref="IdentityFileException">It is missing, open to others, or far too long.</exception>
    public static string Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            if (IsOpenToOthers(stream))
            {
                throw new IdentityFileException(
                    path, FileProblem.TooOpen, "others may read or write this file of keys; set its mode to 0600");
            }

            if (stream.Length > SizeMax)
            {
                throw new IdentityFileException(
                    path, FileProblem.Malformed, $"{stream.Length} bytes; a file of keys has at most {SizeMax}");
            }

            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IdentityFileException(path, FileProblem.Missing, "there is no such file", error);
        }
    }

    private static bool IsOpenToOthers(FileStream stream) =>
        !OperatingSystem.IsWindows() &&
        (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != UnixFileMode.None;

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
    }

    private static void Rename(string staged, string path, bool replace)
    {
        try
        {
            File.Move(staged, path, replace);
        }
        catch (IOException error) when (!replace && File.Exists(path))
        {
            throw new IdentityFileException(
                path, FileProblem.Exists, "exists already and is not overwritten; move it away first", error);
        }
    }
}
