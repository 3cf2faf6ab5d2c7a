using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Benchmarks.Service;
using FedLowRank.Cli.Demo.Servers;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Postgres;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// How many receipts a second one stream of a cluster's journal takes: PostgreSQL as the demo starts it, on this disk,
/// one append after the other, as a run's grain does it with all that came while it wrote the last.
/// </summary>
internal static class JournalRates
{
    private static readonly int[] Batches = [1, 64, 512];
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    /// <summary>Measures.</summary>
    /// <returns>For each number of entries in an append, receipts a second.</returns>
    public static async Task<IReadOnlyDictionary<int, double>> MeasureAsync(Workplace place)
    {
        var logs = Directory.CreateDirectory(place["database-logs"]).FullName;
        await using var database = new PrivateDatabase(logs);
        var connection = await database.StartAsync(CancellationToken.None);
        await PostgresJournal.UpgradeAsync(connection);
        await using var journal = await PostgresJournal.OpenAsync(connection);
        var rates = new Dictionary<int, double>();
        foreach (var batch in Batches) rates[batch] = await RateAsync(journal, batch);
        return rates;
    }

    private static async Task<double> RateAsync(PostgresJournal journal, int batch)
    {
        var stream = new StreamName(FormattableString.Invariant($"runs/benchmark-{batch}"));
        var entries = Enumerable.Range(0, batch)
            .Select(i => new ReadOnlyMemory<byte>(RunJson.Write(RunCosts.Receipt(i)))).ToList();
        await journal.AppendAsync(stream, 0, entries);
        var (began, last) = (Stopwatch.GetTimestamp(), (long)batch);
        while (Stopwatch.GetElapsedTime(began) < Time)
        {
            await journal.AppendAsync(stream, last, entries);
            last += batch;
        }

        return (last - batch) / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
