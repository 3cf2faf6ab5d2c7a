using System.Collections.Concurrent;
using System.Globalization;
using FedLowRank.Tests;

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>The table of all that was done to the service and what was seen: printed at the end, and written to a file.
/// </summary>
/// <param name="file">Its name, in the folder out.</param>
public abstract class FaultTable(string file) : IDisposable
{
    private static readonly ConcurrentQueue<(string What, string Row)> Rows = [];

    /// <summary>Adds a row.</summary>
    /// <param name="what">Was killed or broken.</param>
    /// <param name="when">In the round.</param>
    /// <param name="seen">What came of it; the test has checked it.</param>
    /// <param name="recoverySeconds">From the start of the new process until work goes on; null where none is.</param>
    public static void Add(string what, string when, string seen, double? recoverySeconds = null) => Rows.Enqueue(
        (what, string.Create(CultureInfo.InvariantCulture, $"| {what} | {when} | {seen} | {recoverySeconds:0.00} |")));

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Rows.IsEmpty) return;
        string[] table =
        [
            "| what | when | what was seen | recovery, s |", "|---|---|---|---|",
            .. Rows.OrderBy(each => each.What, StringComparer.Ordinal).Select(each => each.Row),
        ];
        foreach (var row in table) Console.WriteLine(row);
        var folder = Directory.CreateDirectory(RepositoryFiles.Path("out"));
        File.WriteAllLines(Path.Combine(folder.FullName, file), table);
    }
}
