using System.Text;
using FedLowRank.Cli.Simulation;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Reports;

/// <summary>Writes the results of a simulation into a folder.</summary>
public static class ResultFiles
{
    /// <summary>Name of the folder below that holds the adapter.</summary>
    public const string AdapterFolder = "adapter";

    private const string Report = "report.html";
    private const string Rounds = "rounds.csv";
    private const string Agents = "agents.csv";
    private const string Results = "results.json";
    private const string AdapterTensors = $"{AdapterFolder}/adapter_model.safetensors";
    private const string AdapterConfig = $"{AdapterFolder}/adapter_config.json";

    /// <summary>The last one is there only where all are.</summary>
    internal static readonly string[] Names = [AdapterTensors, AdapterConfig, Report, Rounds, Agents, Results];

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

        if (Names.FirstOrDefault(name => Directory.Exists(Path.Combine(folder, name))) is { } occupied)
        {
            throw new InputFileException(folder, "output", $"holds a folder {occupied}, where a file is to go");
        }

        return File.Exists(Path.Combine(folder, AdapterFolder))
            ? throw new InputFileException(folder, "output", $"holds a file {AdapterFolder}, where a folder is to go")
            : folder;
    }

    /// <summary>
    /// Writes report.html, results.json, rounds.csv, agents.csv and, below <see cref="AdapterFolder"/>, the adapter.
    /// Files of an earlier run go before the first of this one comes, also the adapter where this one has none; where
    /// results.json is, all files of its run are there. If a file cannot be written, nothing changes.
    /// </summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="title">What was simulated.</param>
    /// <param name="arms">The federations to compare, at least one, all of one task.</param>
    /// <param name="adapter">The adapter that was learnt, or null to write none.</param>
    /// <returns>The path of report.html.</returns>
    /// <exception cref="ArgumentException">There is no arm, or their tasks differ.</exception>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing there is not allowed.</exception>
    public static string Write(
        string folder, string title, IReadOnlyList<SimulationResult> arms, AdapterFiles? adapter = null)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [Report] = Encoding.UTF8.GetBytes(HtmlReport.Render(title, arms)),
            [Rounds] = Encoding.UTF8.GetBytes(CsvReport.Rounds(arms)),
            [Agents] = Encoding.UTF8.GetBytes(CsvReport.Agents(arms)),
            [Results] = Encoding.UTF8.GetBytes(JsonReport.Render(title, arms)),
        };
        if (adapter is not null)
        {
            files[AdapterConfig] = adapter.Config.ToArray();
            files[AdapterTensors] = adapter.Tensors.ToArray();
        }

        WholeFiles.Replace(folder, files, Names);
        return Path.Combine(folder, Report);
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
