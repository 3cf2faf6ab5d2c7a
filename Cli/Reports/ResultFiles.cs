using System.Text;
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
        WholeFiles.Write(folder, Names.Zip(texts, (name, text) => (name, Encoding.UTF8.GetBytes(text))));
        return Path.Combine(folder, Names[^1]);
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
}
