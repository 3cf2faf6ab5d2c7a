using System.Globalization;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Processes;
using FedLowRank.Faults.Tests.Server;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>A silo or a gateway: its configuration, and its process if there is one.</summary>
/// <param name="name">For messages.</param>
/// <param name="orders">File of the orders that all members have.</param>
internal sealed class Member(string name, string orders) : IAsyncDisposable
{
    private readonly List<Running> processes = [];

    public string Name => name;

    /// <summary>Path of its configuration; that of its next start.</summary>
    public required string Config { get; set; }

    /// <summary>A program, and its arguments, that becomes the process.</summary>
    public string[] By { get; init; } = [];

    /// <summary>Its process; the last one where none runs.</summary>
    public Running Process => processes[^1];

    /// <summary>Numbers of the run's entries that its process has stored.</summary>
    public IReadOnlyList<long> Stored => StoredBy(Process);

    /// <summary>The same of all processes that it ever had.</summary>
    public IEnumerable<long> EverStored => processes.SelectMany(StoredBy);

    /// <summary>All that its processes have printed.</summary>
    public string Output => string.Join($"\n-- {name} again\n", processes.Select(process => process.Output));

    private string Order => Config + ".fault";

    /// <summary>Starts it and waits until it serves.</summary>
    public async Task StartAsync()
    {
        processes.Add(new(
            name,
            [FaultyMember.Verb, "run", "--config", Config, "--json"],
            new Dictionary<string, string> { [FaultPoint.Variable] = $"{orders}{Path.PathSeparator}{Order}" },
            By));
        await Process.LineAsync("\"authority\":");
    }

    /// <summary>From now on this one waits at a place.</summary>
    public void Hold(string place) => FaultPoint.Write(Order, place, FaultPoint.Wait);

    /// <summary>What waits in this one goes on.</summary>
    public void Release() => File.Delete(Order);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes) await process.DisposeAsync();
    }

    private static IReadOnlyList<long> StoredBy(Running process) =>
    [
        .. process.Output.Split('\n').Select(line => line.Split(' '))
            .Where(words => words is [FaultyJournal.Stored, _, _])
            .Select(words => words[1..].Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToList())
            .SelectMany(ends => Enumerable.Range(0, (int)(ends[1] - ends[0]) + 1).Select(each => ends[0] + each)),
    ];
}
