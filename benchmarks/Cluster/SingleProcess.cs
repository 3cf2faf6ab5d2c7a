using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Benchmarks.Service;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Work;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// The base line: a round's work alone, without journal or gateway, on as many shards at once as the machine has
/// processors. Each round in a process of its own, so that its memory can be told.
/// </summary>
/// <param name="blobsFolder">The store.</param>
/// <param name="place">For what is told to the process.</param>
internal sealed class SingleProcess(string blobsFolder, Workplace place) : IClusterHost
{
    private const string Part = "cluster-part";

    /// <summary>Measures a round and prints its row, in the process that was started for it.</summary>
    public static async Task<bool> TryRunPartAsync(string[] arguments)
    {
        if (arguments is not [Part, var folder, var file, var shape, var bytes]) return false;
        var round = ManifestJson.Read(await File.ReadAllBytesAsync(file));
        Console.WriteLine(JsonSerializer.Serialize(
            await MeasureAsync(
                FileBlobStore.Open(folder), round, shape, long.Parse(bytes, CultureInfo.InvariantCulture)),
            FiguresJson.Options));
        return true;
    }

    /// <inheritdoc/>
    public async Task<ClusterRow> MeasureAsync(StoredUpdates updates, int agents)
    {
        var file = place["round.json"];
        await File.WriteAllBytesAsync(file, ManifestJson.Write(updates.RoundOf(agents)));
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        string[] arguments =
        [
            typeof(SingleProcess).Assembly.Location, Part, blobsFolder, file, updates.Shape.Name,
            updates.BytesOf(agents).ToString(CultureInfo.InvariantCulture),
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var row = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ClusterRow>(row, FiguresJson.Options)!
            : throw new InvalidOperationException("the round's work failed; see above");
    }

    private static async Task<ClusterRow> MeasureAsync(
        FileBlobStore blobs, CheckpointManifest round, string shape, long updateBytes)
    {
        // So that what is measured is compiled.
        await WorkAsync(blobs, round with { Updates = round.Updates.Take(StoredUpdates.BlobsMax).ToValueList() });
        GC.Collect();
        var process = new ProcessFigures(Environment.ProcessId);
        var (idle, busy, read) = (process.ResidentKib, Environment.CpuUsage.TotalTime, process.BytesRead);
        process.ForgetPeak();
        var (stages, bytesRead, checkpoint) = await WorkAsync(blobs, round);
        return new(
            Silos: 0, round.Updates.Count, shape, stages.Sum(), stages[0], stages[1], stages[2],
            [(Environment.CpuUsage.TotalTime - busy).TotalSeconds], [process.BytesRead - read], bytesRead, updateBytes,
            (process.PeakKib - idle) / 1024, await PublishedAdapter.HashAsync(blobs, checkpoint));
    }

    /// <returns>
    /// Seconds of sums, refresh and checkpoint, the bytes that the sum of each shard read, and the manifest.
    /// </returns>
    private static async Task<(double[] Stages, long[] BytesRead, BlobHash Checkpoint)> WorkAsync(
        FileBlobStore blobs, CheckpointManifest round)
    {
        var (id, start, plan, updates) = (round.Round!, round.Start!.Value, round.Plan, round.Updates);
        var (sums, parts) = (new BlobHash[plan.Shards.Count], new BlobHash[plan.Shards.Count]);
        var bytesRead = new long[plan.Shards.Count];
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, sums.Length, AtOnce, async (shard, token) =>
        {
            var measured = new MeasuredBlobs(blobs);
            sums[shard] = await new RoundWork(measured).AggregateAsync(
                plan, new(id, shard, Try: 1, updates), start, token);
            bytesRead[shard] = measured.BytesRead;
        });
        var summed = Stopwatch.GetTimestamp();
        var work = new RoundWork(blobs);
        await Parallel.ForAsync(0, parts.Length, AtOnce, async (shard, token) => parts[shard] =
            await work.RefreshAsync(plan, new(id, shard, Try: 1, start, sums[shard]), token));
        var refreshed = Stopwatch.GetTimestamp();
        var checkpoint = await work.WriteCheckpointAsync(
            round.Run, plan, new(id, Try: 1, start, updates, parts.ToValueList()));
        return (
            [Seconds(began, summed), Seconds(summed, refreshed), Stopwatch.GetElapsedTime(refreshed).TotalSeconds],
            bytesRead, checkpoint);
    }

    private static ParallelOptions AtOnce { get; } = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    private static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;
}
