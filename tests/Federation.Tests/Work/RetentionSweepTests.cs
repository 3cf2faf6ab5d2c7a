using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Retention;
using FedLowRank.Federation.Tests.Storage.Blobs;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>A sweep takes all that nothing needs, and never what a checkpoint or a running round needs.</summary>
public sealed class RetentionSweepTests : IDisposable
{
    private static readonly RetentionPolicy Hour = new(BlobGrace: TimeSpan.FromHours(1), EntriesKept: null);

    private readonly ManualTime time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly WorkFolder folder;

    public RetentionSweepTests() => folder = new(time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Kept_checkpoints_can_be_gone_on_from_and_those_with_their_updates_replayed()
    {
        var plan = Plan();
        var checkpoints = await folder.RunAsync(plan, rounds: 3);
        var stray = await PutAsync(folder.Blobs, "stray"u8.ToArray());
        var gone = await folder.Reader.ReadManifestAsync(checkpoints[1], Token);
        time.Advance(TimeSpan.FromHours(2));
        var running = await folder.UpdatesAsync(plan, 4, checkpoints[3]);
        time.Advance(TimeSpan.FromHours(2));

        var report = await SweepAsync(
            await RootAsync(checkpoints[1], keepsUpdates: false), await RootAsync(checkpoints[3], keepsUpdates: true),
            new("round 4", running.SelectMany(update => update.Blobs()).ToValueList(), []));

        Assert.Empty(report.Missing);
        Assert.Null(await folder.Blobs.FindAsync(stray, Token));
        Assert.Null(await folder.Blobs.FindAsync(checkpoints[0], Token));
        foreach (var update in gone.Updates.SelectMany(update => update.Blobs()))
            Assert.Null(await folder.Blobs.FindAsync(update, Token));
        await folder.RoundAsync(plan, 2, checkpoints[1]);
        await folder.CheckpointAsync(
            plan, 4, checkpoints[3], running, await folder.PartsAsync(plan, 4, checkpoints[3], running));
        var replay = await RunReplay.CheckAsync(folder.Blobs, [checkpoints[2], checkpoints[3]], folder.Path, Token);
        Assert.Null(replay.Steps[1].Fault);
        Assert.NotNull(replay.Steps[0].Fault);
    }

    [Fact]
    public async Task What_is_young_stays_and_what_is_stored_again_becomes_young()
    {
        var again = await PutAsync(folder.Blobs, "again"u8.ToArray());
        var old = await PutAsync(folder.Blobs, "old"u8.ToArray());
        time.Advance(TimeSpan.FromHours(2));
        var young = await PutAsync(folder.Blobs, "young"u8.ToArray());

        // Between the listing and the deleting.
        var report = await new RetentionSweep(folder.Blobs, time).RunAsync(
            async _ =>
            {
                await PutAsync(folder.Blobs, "again"u8.ToArray());
                return [];
            }, Hour, Token);

        Assert.Equal(new(DeletedCount: 1, DeletedBytes: 3, Missing: []), report);
        Assert.Null(await folder.Blobs.FindAsync(old, Token));
        Assert.NotNull(await folder.Blobs.FindAsync(young, Token));
        Assert.NotNull(await folder.Blobs.FindAsync(again, Token));
    }

    [Fact]
    public async Task Where_nobody_knows_what_is_needed_nothing_goes()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 1);
        time.Advance(TimeSpan.FromHours(2));
        var count = await CountAsync();
        await folder.WithDamageAsync(
            checkpoints[1], whole => [.. whole, 0],
            () => Assert.ThrowsAsync<CheckpointException>(() => new RetentionSweep(folder.Blobs, time).RunAsync(
                async _ => [await RootAsync(checkpoints[1], keepsUpdates: true)], Hour, Token)));
        Assert.Equal(count, await CountAsync());
    }

    [Fact]
    public async Task What_is_needed_and_gone_is_told()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 1);
        var root = await RootAsync(checkpoints[1], keepsUpdates: true);
        var part = (await folder.Reader.ReadManifestAsync(checkpoints[1], Token)).Parts[0];
        System.IO.File.Delete(folder.FileOf(part));
        Assert.Equal([new(root.Name, part)], (await SweepAsync(root)).Missing);
    }

    private Task<SweepReport> SweepAsync(params IReadOnlyCollection<RetentionRoot> roots) =>
        new RetentionSweep(folder.Blobs, time).RunAsync(_ => Task.FromResult(roots), Hour, Token);

    private Task<RetentionRoot> RootAsync(BlobHash checkpoint, bool keepsUpdates) =>
        RetentionSweep.RootAsync(folder.Reader, $"checkpoint {checkpoint}", checkpoint, keepsUpdates, Token);

    private async Task<int> CountAsync()
    {
        var count = 0;
        await foreach (var blob in folder.Blobs.ListAsync(Token)) count++;
        return count;
    }
}
