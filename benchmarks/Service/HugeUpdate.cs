using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Benchmarks.Service;

/// <summary>An update of 2 GB on its way through a server that may have 512 MiB of memory.</summary>
internal static class HugeUpdate
{
    private const long MemoryBytesMax = 512L << 20;
    private static readonly RunId Run = new("huge");

    // B of 240 layers, 65536 x 32 in F32: 2.01 GB.
    private static readonly LoadPlan Plan = new(240, 65536, 64, 32, Shards: 8);

    public static async Task<object> RunAsync(Action<string> say)
    {
        using var place = new Workplace();

        // The second agent never delivers, so that the round stays open and the server does nothing else.
        var server = await LoadServer.CreateAsync(place["huge"], 2, Plan, (Run.Value, 2));
        var update = place.Updates(Plan, 1)[0];
        using var process = await ServerProcess.StartAsync(
            server.Folder, before: null,
            ("DOTNET_GCHeapHardLimit", MemoryBytesMax.ToString("x", CultureInfo.InvariantCulture)));
        using var people = new LoadPeople(server, process);
        await using var fleet = new Fleet(server, process, 2);
        await people.StartAsync(Run);
        await LoadRound.BeginAsync(fleet, Run, 1, 2);
        var began = Stopwatch.GetTimestamp();
        await fleet.EachAsync(1, 1, (client, _) => client.DeliverAsync(Run, LoadRound.Number(1), update));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var peak = process.Memory.PeakKib / 1024;
        say($"an update of {update.Offer.Bytes / 1e9:f2} GB: receipt after {seconds:f1} s, the server's peak "
            + $"{peak:f0} MiB of {MemoryBytesMax >> 20} [load {ProcessFigures.Load}]");
        return new { update_bytes = update.Offer.Bytes, receipt_seconds = seconds, server_peak_mib = peak };
    }
}
