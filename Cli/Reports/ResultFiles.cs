using FedLowRank.Cli.Simulation;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Reports;

/// <summary>Writes the results of a simulation into a folder.</summary>
public static class ResultFiles
{
    private static readonly string[] Names = ["results.json", "rounds.csv", "agents.csv", "report.html"];

    /// <summary>
    /// Finds out before a long run whether its results can be written, and leaves everything as it was.
    /// </summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="InputFileException">The folder cannot be made or written to.</exception>
    public static string RequireWritable(string path)
    {
        if (path.Length == 0)
        {
            throw new InputFileException("output", "", "is empty; expected the path of a folder");
        }

        var folder = Path.GetFullPath(path);
        try
        {
            var probe = Path.Combine(NearestExisting(folder), $".{Guid.NewGuid():N}.tmp");
            using var stream = new FileStream(
                probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputFileException(folder, "output", $"cannot be written to: {e.Message}", e);
        }

        var occupied = Names.FirstOrDefault(name => Directory.Exists(Path.Combine(folder, name)));
        return occupied is null
            ? folder
            : throw new InputFileException(folder, "output", $"holds a folder {occupied}, where a file is to go");
    }

    /// <summary>
    /// Writes report.html, results.json, rounds.csv and agents.csv. Each file appears whole or not at all, and none
    /// appears unless all could be written; files of an earlier run are replaced.
    /// </summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="title">What was simulated.</param>
    /// <param name="arms">The federations to compare, at least one.</param>
    /// <returns>The path of report.html.</returns>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing there is not allowed.</exception>
    public static string Write(string folder, string title, IReadOnlyList<SimulationResult> arms)
    {
        string[] texts =
        [
            JsonReport.Render(title, arms),
            CsvReport.Rounds(arms),
            CsvReport.Agents(arms),
            HtmlReport.Render(title, arms),
        ];
        Directory.CreateDirectory(folder);
        var whole = Names.Zip(texts, (name, text) => (
            Final: Path.Combine(folder, name),
            Temporary: Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.tmp"),
            Text: text)).ToList();
        try
        {
            foreach (var file in whole) WriteDurably(file.Temporary, file.Text);
            foreach (var file in whole) File.Move(file.Temporary, file.Final, overwrite: true);
        }
        finally
        {
            foreach (var file in whole) File.Delete(file.Temporary);
        }

        return whole[^1].Final;
    }

    /// <summary>The path itself, or the nearest above it that is there.</summary>
    private static string NearestExisting(string path)
    {
        try
        {
            File.GetAttributes(path);
            return path;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return NearestExisting(Path.GetDirectoryName(path)!);
        }
    }

    // On the disk before the rename: a file that has its name must have its content, after a power cut too.
    private static void WriteDurably(string path, string text)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using (var writer = new StreamWriter(stream, leaveOpen: true)) writer.Write(text);
        stream.Flush(flushToDisk: true);
    }
}
