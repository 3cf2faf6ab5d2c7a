using System.Diagnostics;
using FedLowRank.Tests;

namespace FedLowRank.House.Tests;

/// <summary>The repository's files: what git tracks or would add or, without git, all but build output.</summary>
internal static class TrackedFiles
{
    private static readonly HashSet<string> Ignored = [".git", "out", "bin", "obj"];

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> All { get; } = [.. (FromGit() ?? FromDisk()).Order(StringComparer.Ordinal)];

    /// <summary>Those whose name ends so, with their text.</summary>
    public static IEnumerable<SourceText> EndingIn(string ending) =>
        All.Where(path => path.EndsWith(ending, StringComparison.Ordinal)).Select(Read);

    /// <summary>Reads a file given its path from the root.</summary>
    public static SourceText Read(string path) => new(path, File.ReadAllText(RepositoryFiles.Path(path)));

    private static IEnumerable<string>? FromGit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo(
                "git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            {
                WorkingDirectory = RepositoryFiles.Path(),
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            // Read and dropped: a full pipe would stop git.
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var listing = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0
                ? listing.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct()
                    .Where(path => File.Exists(RepositoryFiles.Path(path)))
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static IEnumerable<string> FromDisk() =>
        Directory.EnumerateFiles(RepositoryFiles.Path(), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(RepositoryFiles.Path(), file).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Ignored.Contains));
}
