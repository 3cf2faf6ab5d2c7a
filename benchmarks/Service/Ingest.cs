using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// Large updates on their way from agents to receipts, against plain copies of the same files, synced: in turn, and the
/// medians of both.
/// </summary>
internal sealed class Ingest(Workplace place, Action<string> say)
{
    private const int Agents = 8;

    /// <summary>Of which the first is not counted: the server compiles its code in it.</summary>
    private const int Turns = 4;

    // B of 24 layers, 65536 x 32 in F32: 192 MiB.
    private static readonly LoadPlan Plan = new(24, 65536, 64, 32, Shards: 4);

    /// <summary>Measures.</summary>
    /// <returns>The rate of the uploads over that of the copies.</returns>
    public async Task<double> MeasureAsync()
    {
        // One agent more than deliver, so that no round ends and nothing is summed meanwhile.
        var runs = Enumerable.Range(1, Turns).Select(i => new RunId($"large-{i}")).ToList();
        var server = await LoadServer.CreateAsync(
            place["ingest"], Agents + 1, Plan, [.. runs.Select(run => (run.Value, Agents + 1))]);
        var updates = place.Updates(Plan, Agents);
        using var process = await ServerProcess.StartAsync(server.Folder);
        using var people = new LoadPeople(server, process);
        await using var fleet = new Fleet(server, process, Agents + 1);
        var (copies, uploads) = (new List<double>(), new List<double>());
        foreach (var run in runs)
        {
            await people.StartAsync(run);
            await LoadRound.BeginAsync(fleet, run, 1, Agents + 1);
            copies.Add(await RateAsync(updates, (_, i) => Task.Run(() => Copy(updates[i].Path)), fleet));
            var (ours, its) = (Environment.CpuUsage.TotalTime, process.Memory.ProcessorSeconds);
            uploads.Add(await RateAsync(
                updates, (client, i) => client.DeliverAsync(run, LoadRound.Number(1), updates[i]), fleet));
            (ours, its) = (Environment.CpuUsage.TotalTime - ours, process.Memory.ProcessorSeconds - its);
            say($"{Agents} updates of {updates[0].Offer.Bytes / 1e6:f0} MB: uploads {uploads[^1]:f0} MB/s, copies "
                + $"{copies[^1]:f0} MB/s; processor time of the server {its:f1} s, of the agents "
                + $"{ours.TotalSeconds:f1} s; the server's peak {process.Memory.PeakKib / 1024:f0} MiB "
                + $"[load {ProcessFigures.Load}]");
        }

        return Median(uploads[1..]) / Median(copies[1..]);
    }

    private static async Task<double> RateAsync(
        UpdateFile[] updates, Func<LoadClient, int, Task> work, Fleet fleet)
    {
        var began = Stopwatch.GetTimestamp();
        await fleet.EachAsync(Agents, Agents, work);
        return updates.Sum(update => update.Offer.Bytes) / 1e6 / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void Copy(string path)
    {
        var copy = path + ".copy";
        File.Copy(path, copy, overwrite: true);
        using (var file = new FileStream(copy, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
        File.Delete(copy);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
