using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <summary>Writes the results of a simulation into a folder.</summary>
public static class ResultFiles
{
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
        (string Name, string Text)[] files =
        [
            ("results.json", JsonReport.Render(title, arms)),
            ("rounds.csv", CsvReport.Rounds(arms)),
            ("agents.csv", CsvReport.Agents(arms)),
            ("report.html", HtmlReport.Render(title, arms)),
        ];
        Directory.CreateDirectory(folder);
        var whole = files.Select(file => (
            Final: Path.Combine(folder, file.Name),
            Temporary: Path.Combine(folder, $".{file.Name}.{Guid.NewGuid():N}.tmp"),
            file.Text)).ToList();
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

    // On the disk before the rename: a file that has its name must have its content, after a power cut too.
    private static void WriteDurably(string path, string text)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using (var writer = new StreamWriter(stream, leaveOpen: true)) writer.Write(text);
        stream.Flush(flushToDisk: true);
    }
}
