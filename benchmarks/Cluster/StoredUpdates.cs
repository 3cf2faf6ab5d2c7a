using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Benchmarks.Service;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Work;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// What a store has when a round's work begins: the start, and updates as the gateway receives them, with the lists of
/// their sections.
/// </summary>
/// <remarks>
/// There are at most <see cref="BlobsMax"/> different updates, however many agents: agents of one residue share a blob.
/// Every one is read, checked and summed by itself, so that the work is that of as many blobs; but all of them lie in
/// the machine's page cache, so that no disk is measured.
/// </remarks>
/// <param name="Shape">The adapter.</param>
/// <param name="Start">Manifest of round 0.</param>
/// <param name="Updates">The different updates, each with the list of its sections.</param>
internal sealed record StoredUpdates(
    ClusterShape Shape, BlobHash Start, IReadOnlyList<(BlobHash Update, BlobHash Sections)> Updates)
{
    /// <summary>Most different updates.</summary>
    public const int BlobsMax = 20;

    private static readonly RunId Run = new("benchmark");

    /// <summary>Makes and stores them.</summary>
    /// <param name="blobs">Where to.</param>
    /// <param name="shape">The adapter.</param>
    /// <param name="place">For the files that they are made in.</param>
    public static async Task<StoredUpdates> WriteAsync(IBlobStore blobs, ClusterShape shape, Workplace place)
    {
        var plan = shape.Plan.Plan(agents: 1);
        var adapter = await LoadServer.StoreAsync(blobs, shape.Plan.Start(), place[$"{shape.Name}.start"]);
        var start = await new RoundWork(blobs).WriteStartAsync(Run, plan, adapter);
        var form = shape.Plan.Form();
        var updates = new List<(BlobHash, BlobHash)>();
        for (var i = 0; i < BlobsMax; i++)
        {
            var file = UpdateFile.Write(form, place[$"{shape.Name}.update"], seed: i);
            updates.Add(await ReceiveAsync(blobs, form, file));
            File.Delete(file.Path);
        }

        return new(shape, start, updates);
    }

    /// <summary>Name of an agent; those of residue i deliver update i.</summary>
    public static AgentId AgentOf(int index) => new(FormattableString.Invariant($"agent-{index:00000}"));

    /// <summary>Bytes that so many agents deliver.</summary>
    public long BytesOf(int agents) => agents * Shape.Plan.Form().Bytes;

    /// <summary>The round that so many agents have delivered to, closed: its plan, start and frozen updates.</summary>
    public CheckpointManifest RoundOf(int agents)
    {
        var frozen = Enumerable.Range(0, agents)
            .Select(i => (Blobs: Updates[i % Updates.Count], Agent: AgentOf(i)))
            .OrderBy(term => term.Blobs.Update, Comparer<BlobHash>.Create(BlobHash.Compare))
            .ThenBy(term => term.Agent.Value, StringComparer.Ordinal)
            .Select(term => new FrozenUpdate(term.Blobs.Update, term.Agent, Weight: 1)
            {
                Sections = term.Blobs.Sections,
            });
        return new(Run, new(1, 1), Start, Shape.Plan.Plan(agents), frozen.ToValueList(), Parts: []);
    }

    private static async Task<(BlobHash Update, BlobHash Sections)> ReceiveAsync(
        IBlobStore blobs, UpdateForm form, UpdateFile update)
    {
        var upload = new UploadId($"update-{Guid.NewGuid():N}");
        await blobs.BeginUploadAsync(upload, update.Offer.Bytes);
        await using (var content = File.OpenRead(update.Path)) await blobs.WriteAsync(upload, 0, content);
        ScreenedUpdate? seen = null;
        await blobs.CompleteUploadAsync(upload, update.Offer.Hash, async (content, token) =>
            seen = await UpdateScreening.InspectAsync(form, content, isPrivate: true, token));
        return seen?.Sections is { } sections
            ? (update.Offer.Hash, await sections.StoreAsync(blobs))
            : throw new InvalidOperationException($"a generated update is {seen?.Screening.Verdict}");
    }
}
