using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>A store in a folder of its own, the work on it, and whole rounds of it.</summary>
internal sealed class WorkFolder : IDisposable
{
    public static readonly RunId Run = new("night-shift");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fedlowrank-work-");

    private readonly bool hasSections;

    /// <summary>Makes the folder.</summary>
    /// <param name="time">Gives blobs their age.</param>
    /// <param name="hasSections">Whether updates have lists of their sections, as those of the gateway have.</param>
    public WorkFolder(TimeProvider? time = null, bool hasSections = true)
    {
        this.hasSections = hasSections;
        Blobs = FileBlobStore.Open(Path, time: time);
        Work = new RoundWork(Blobs);
        Reader = new CheckpointReader(Blobs);
    }

    public string Path => folder.FullName;

    public FileBlobStore Blobs { get; }

    public RoundWork Work { get; }

    public CheckpointReader Reader { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Stores an adapter and writes the manifest of round 0.</summary>
    public async Task<BlobHash> StartAsync(RunPlan plan, Adapter adapter) =>
        await Work.WriteStartAsync(Run, plan, await PutAsync(Blobs, File(adapter)), Token);

    /// <summary>Stores the updates of so many agents and returns them as a round freezes them.</summary>
    public async Task<ValueList<FrozenUpdate>> UpdatesAsync(UpdateForm form, int count, int seed)
    {
        var updates = new List<FrozenUpdate>();
        for (var i = 0; i < count; i++)
        {
            var file = File(form, Update(form, seed + i));
            var seen = await UpdateScreening.InspectAsync(form, new MemoryStream(file), isPrivate: true, Token);
            updates.Add(new(await PutAsync(Blobs, file), new($"agent{i}"), Weight: 1 + ((seed + i) % 100))
            {
                Sections = hasSections ? await seen.Sections!.StoreAsync(Blobs, Token) : null,
            });
        }

        return updates.Order(Comparer<FrozenUpdate>.Create((x, y) => BlobHash.Compare(x.Update, y.Update)))
            .ToValueList();
    }

    /// <summary>Three agents' updates of a round on what is stored.</summary>
    public async Task<ValueList<FrozenUpdate>> UpdatesAsync(RunPlan plan, int round, BlobHash start)
    {
        var shape = await Reader.ReadShapeAsync(await Reader.ReadManifestAsync(start, Token), Token);
        return await UpdatesAsync(UpdateForm.Of(plan.Round, round, shape), count: 3, seed: round * 100);
    }

    public Task<BlobHash> SumAsync(
        RunPlan plan, int round, int shard, BlobHash start, ValueList<FrozenUpdate> updates, int attempt = 1) =>
        Work.AggregateAsync(plan, new(new(round, 1), shard, attempt, updates), start, Token);

    public async Task<ValueList<BlobHash>> PartsAsync(
        RunPlan plan, int round, BlobHash start, ValueList<FrozenUpdate> updates)
    {
        var parts = new List<BlobHash>();
        for (var shard = 0; shard < plan.Shards.Count; shard++)
        {
            var sum = await SumAsync(plan, round, shard, start, updates);
            parts.Add(await Work.RefreshAsync(plan, new(new(round, 1), shard, Try: 1, start, sum), Token));
        }

        return parts.ToValueList();
    }

    public Task<BlobHash> CheckpointAsync(
        RunPlan plan, int round, BlobHash start, ValueList<FrozenUpdate> updates, ValueList<BlobHash> parts,
        int attempt = 1) =>
        Work.WriteCheckpointAsync(Run, plan, new(new(round, 1), attempt, start, updates, parts), Token);

    /// <summary>A whole round.</summary>
    public async Task<BlobHash> RoundAsync(RunPlan plan, int round, BlobHash start)
    {
        var updates = await UpdatesAsync(plan, round, start);
        return await CheckpointAsync(plan, round, start, updates, await PartsAsync(plan, round, start, updates));
    }

    /// <summary>The start and all rounds of a plan.</summary>
    public async Task<List<BlobHash>> RunAsync(RunPlan plan, int rounds)
    {
        var adapter = Adapter(hasInner: plan.Round.Method == "fed-sb");
        var checkpoints = new List<BlobHash> { await StartAsync(plan, adapter) };
        for (var round = 1; round <= rounds; round++) checkpoints.Add(await RoundAsync(plan, round, checkpoints[^1]));
        return checkpoints;
    }

    public string FileOf(BlobHash hash) =>
        System.IO.Path.Combine(Path, "blobs", hash.ToString()[..2], hash.ToString());

    /// <summary>Changes a blob on the disk while something runs.</summary>
    public async Task WithDamageAsync(BlobHash hash, Func<byte[], byte[]> change, Func<Task> run)
    {
        var whole = await System.IO.File.ReadAllBytesAsync(FileOf(hash), Token);
        await System.IO.File.WriteAllBytesAsync(FileOf(hash), change([.. whole]), Token);
        await run();
        await System.IO.File.WriteAllBytesAsync(FileOf(hash), whole, Token);
    }
}
