using System.Diagnostics;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Postgres;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using FedLowRank.Federation.Tests.Storage.Journals;

namespace FedLowRank.Federation.Tests.Storage;

/// <summary>
/// Goal: figures of durable appends and of the ingest of a blob. Method: each beside the plainest program that does
/// the same to the same disk, in the same run.
/// </summary>
[Collection(SharesPostgres.Name)]
public sealed class StorageBench(PrivatePostgres server, ITestOutputHelper output) : IDisposable
{
    private const int EntryBytes = 400;
    private const int BlobBytes = 200 << 20;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1.5);

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact(Explicit = true)]
    public async Task Durable_appends_per_second()
    {
        server.Require();
        var database = await server.EmptyDatabaseAsync();
        await PostgresJournal.UpgradeAsync(database, Token);
        await using var sqlite = await SqliteJournal.OpenAsync(folder, null, Token);
        await using var postgres = await PostgresJournal.OpenAsync(database, cancellationToken: Token);

        // In turns, as the disk's pace changes while others use it.
        for (var turn = 0; turn < 3; turn++)
        {
            await MeasurePlainAsync($"growing{turn}", begin: null);
            await MeasurePlainAsync($"in-place{turn}", begin: 0);
            await MeasureAsync(sqlite, turn);
            await MeasureAsync(postgres, turn);
        }
    }

    [Fact(Explicit = true)]
    public async Task Ingest_of_a_blob_against_a_copy_with_its_hash()
    {
        var source = Path.Combine(folder, "source");
        await using (var file = new FileStream(source, FileMode.CreateNew))
        {
            var random = new Random(1);
            var block = new byte[1 << 20];
            for (var i = 0; i < BlobBytes / block.Length; i++)
            {
                random.NextBytes(block);
                await file.WriteAsync(block, Token);
            }
        }

        var store = FileBlobStore.Open(Path.Combine(folder, "store"));
        var upload = new UploadId("bench");
        for (var run = 0; run < 3; run++)
        {
            var copy = Stopwatch.StartNew();
            var hash = await CopyWithHashAsync(source, Path.Combine(folder, $"copy{run}"));
            copy.Stop();
            File.Delete(Path.Combine(folder, $"copy{run}"));

            var before = GC.GetTotalAllocatedBytes(precise: true);
            var ingest = Stopwatch.StartNew();
            await using (var content = File.OpenRead(source))
            {
                await store.BeginUploadAsync(upload, BlobBytes, Token);
                await store.WriteAsync(upload, 0, content, Token);
            }

            await store.CompleteUploadAsync(upload, hash, cancellationToken: Token);
            ingest.Stop();
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            await store.DeleteAsync(hash, DateTimeOffset.MaxValue, Token);
            output.WriteLine($"200 MiB: copy with hash and fsync {copy.Elapsed.TotalSeconds:0.00} s, ingest " +
                $"{ingest.Elapsed.TotalSeconds:0.00} s; allocated in all {allocated >> 10} KiB, " +
                $"heap {GC.GetTotalMemory(forceFullCollection: true) >> 10} KiB, peak of the process " +
                $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        }
    }

    private async Task MeasurePlainAsync(string name, long? begin)
    {
        await using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew);
        var entry = new byte[EntryBytes];
        var rate = await RateAsync(1, async (_, token) =>
        {
            file.Position = begin ?? file.Position;
            await file.WriteAsync(entry, token);
            file.Flush(flushToDisk: true);
        });
        output.WriteLine($"{name}: plain write and fsync: {rate:0} appends/s");
    }

    private async Task MeasureAsync(IJournal journal, int turn)
    {
        var entry = new byte[EntryBytes];
        foreach (var streams in (int[])[1, 16])
        {
            var last = new long[streams];
            var rate = await RateAsync(streams, async (stream, token) =>
            {
                var result = await journal.AppendAsync(new($"{turn}/{streams}/{stream}"), last[stream], [entry], token);
                last[stream] = ((AppendResult.Appended)result).Last;
            });
            output.WriteLine($"{journal.GetType().Name}, {streams} streams at once: {rate:0} appends/s");
        }
    }

    private static async Task<double> RateAsync(int writers, Func<int, CancellationToken, Task> append)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(
            async () =>
            {
                var count = 0;
                for (; watch.Elapsed < Span; count++) await append(writer, Token);
                return count;
            },
            Token)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static async Task<BlobHash> CopyWithHashAsync(string from, string to)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var source = File.OpenRead(from);
        await using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        var buffer = new byte[64 << 10];
        for (int read; (read = await source.ReadAsync(buffer, Token)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), Token);
        }

        target.Flush(flushToDisk: true);
        return BlobHash.Of(hash.GetHashAndReset());
    }
}
