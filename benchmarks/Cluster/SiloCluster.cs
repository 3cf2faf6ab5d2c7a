using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Benchmarks.Service;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Demo.Servers;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals.Postgres;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// Silos that are processes of <c>fedlowrank-silo</c>, with PostgreSQL and a gateway, on one machine. A round is put
/// into the journal just before its close and woken by asking the gateway for its run; when it closes, and how long
/// each stage then takes, is what the run itself has written.
/// </summary>
/// <remarks>
/// Nobody listens to the runs, so that no time goes to telling a thousand agents; that is measured elsewhere.
/// Before each round one of <see cref="StoredUpdates.BlobsMax"/> agents of the same shape is done and not counted, so
/// that what is measured is compiled.
/// </remarks>
internal sealed class SiloCluster : IClusterHost, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan JustBefore = TimeSpan.FromMilliseconds(300);

    // When the figures are there, nothing of the processes is worth an orderly end.
    private readonly CancellationTokenSource hurry = new();
    private readonly FileBlobStore blobs;
    private readonly ClusterServer server;
    private PostgresJournal? journal;
    private AdminClient? client;
    private IReadOnlyList<ProcessFigures> silos = [];
    private IReadOnlyList<double> idleKib = [];

    private SiloCluster(int count, string program, string folder, string blobsFolder)
    {
        var logs = Directory.CreateDirectory(Path.Combine(folder, "logs")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, SiloFiles.Blobs), blobsFolder);
        blobs = FileBlobStore.Open(blobsFolder);
        server = new(new(count, program, Database: null), folder, logs, hurry.Token);
    }

    /// <summary>Starts as many silos, and returns when all of them serve.</summary>
    /// <param name="count">How many.</param>
    /// <param name="program">The cluster's program.</param>
    /// <param name="blobsFolder">The store that they share.</param>
    /// <param name="place">For all else of them.</param>
    /// <param name="say">Hears what is there.</param>
    public static async Task<SiloCluster> StartAsync(
        int count, string program, string blobsFolder, Workplace place, Action<string> say)
    {
        var cluster = new SiloCluster(
            count, program, place[FormattableString.Invariant($"cluster-{count}")], blobsFolder);
        try
        {
            await cluster.StartAsync(say);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ClusterRow> MeasureAsync(StoredUpdates updates, int agents)
    {
        var name = FormattableString.Invariant($"{updates.Shape.Name}-{agents}");
        var warm = Seed($"{name}-warm", updates, StoredUpdates.BlobsMax);
        await WakeAsync(warm);
        await JournalledRun.FollowAsync(journal!, warm, Patience);
        var first = Seed(name, updates, agents);
        await WaitForCloseAsync(await WakeAsync(first));
        foreach (var silo in silos) silo.ForgetPeak();
        var before = silos.Select(silo => (silo.ProcessorSeconds, silo.BytesRead)).ToList();
        var report = await JournalledRun.FollowAsync(journal!, first, Patience);
        var checkpoint = ((RoundResult.Completed)report.Result).Checkpoint;
        var seconds = ((RoundStage[])[RoundStage.Aggregating, RoundStage.Refreshing, RoundStage.Checkpointing])
            .Select(stage => report.Durations.Single(phase => phase.Stage == stage).Duration.TotalSeconds).ToList();
        return new(
            silos.Count, agents, updates.Shape.Name, seconds.Sum(), seconds[0], seconds[1], seconds[2],
            [.. silos.Zip(before, (silo, old) => silo.ProcessorSeconds - old.ProcessorSeconds)],
            [.. silos.Zip(before, (silo, old) => silo.BytesRead - old.BytesRead)],
            ShardBytesRead: [], updates.BytesOf(agents),
            silos.Zip(idleKib, (silo, idle) => silo.PeakKib - idle).Max() / 1024,
            await PublishedAdapter.HashAsync(blobs, checkpoint));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        if (journal is not null) await journal.DisposeAsync();
        await hurry.CancelAsync();
        await server.DisposeAsync();
        hurry.Dispose();
    }

    private async Task StartAsync(Action<string> say)
    {
        await server.StartAsync(say, CancellationToken.None);
        journal = await PostgresJournal.OpenAsync(server.Database);
        client = await AdminClient.ConnectAsync(
            ProfileFile.Read(server.Profile), TimeProvider.System, CancellationToken.None);
        silos = [.. server.Silos.Select(process => new ProcessFigures(process))];
        idleKib = [.. silos.Select(silo => silo.ResidentKib)];
    }

    private static RunState Seed(string name, StoredUpdates updates, int agents) =>
        SeededRun.Create(new(name), updates, agents, TimeProvider.System.GetUtcNow());

    private async Task<RunState> WakeAsync(RunState seeded)
    {
        await JournalledRun.AddAsync(journal!, seeded);
        return (await RunCalls.StateAsync(client!, seeded.Id, CancellationToken.None)).State;
    }

    /// <summary>Returns just before a round closes, so that nothing but its work is counted.</summary>
    private static async Task WaitForCloseAsync(RunState woken)
    {
        var left = RunMachine.NextDeadline(woken)!.Value - TimeProvider.System.GetUtcNow();
        if (woken.Round is not { Phase.Stage: RoundStage.Collecting } || left < TimeSpan.Zero)
            throw new InvalidOperationException("the machine is too busy: a round closed before it was watched");
        if (left > JustBefore) await Task.Delay(left - JustBefore);
    }
}
