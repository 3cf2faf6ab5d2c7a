using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>
/// The work on a round, split in any way, gives the bits of the method on the whole adapter; and from inputs that are
/// not what they should be it gives nothing but a clear error. The updates have no lists of their sections; those that
/// have are in <see cref="ShardSectionsTests"/>.
/// </summary>
public sealed class RoundWorkTests : IDisposable
{
    private readonly WorkFolder folder = new(hasSections: false);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> MethodsAndShards()
    {
        var data = new TheoryData<string, int>();
        var methods = FederatedMethods.Names.Where(
            name => FederatedMethods.Create(name, new()).Needs == ServerNeeds.WeightedSum);
        foreach (var method in methods)
        {
            foreach (var shards in (int[])[1, 2, Names().Count]) data.Add(method, shards);
        }

        return data;
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(MethodsAndShards))]
    public async Task However_it_is_split_it_has_the_bits_of_the_method_on_the_whole(string method, int shards)
    {
        var plan = Plan(method, shards);
        var whole = Adapter(hasInner: method == "fed-sb");
        var checkpoint = await folder.StartAsync(plan, whole);

        // Three rounds train B, A and B again where a method takes turns.
        for (var round = 1; round <= 3; round++)
        {
            var updates = await folder.UpdatesAsync(plan, round, checkpoint);
            whole = await AdvanceAsync(plan, round, whole, updates);
            checkpoint = await folder.CheckpointAsync(
                plan, round, checkpoint, updates, await folder.PartsAsync(plan, round, checkpoint, updates));

            var manifest = await folder.Reader.ReadManifestAsync(checkpoint, Token);
            var found = await folder.Reader.ReadAdapterAsync(manifest, Token);
            AssertSameBits(whole, found);
            whole = found;
        }
    }

    [Fact]
    public async Task The_same_orders_give_the_same_hashes_whatever_the_try()
    {
        var plan = Plan();
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(plan, 1, start);
        var sum = await folder.SumAsync(plan, 1, 0, start, updates);
        var parts = await folder.PartsAsync(plan, 1, start, updates);
        var checkpoint = await folder.CheckpointAsync(plan, 1, start, updates, parts);

        Assert.Equal(sum, await folder.SumAsync(plan, 1, 0, start, updates, attempt: 2));
        Assert.Equal(parts, await folder.PartsAsync(plan, 1, start, updates));
        Assert.Equal(checkpoint, await folder.CheckpointAsync(plan, 1, start, updates, parts, attempt: 7));
        Assert.Equal(start, await folder.StartAsync(plan, Adapter()));
    }

    [Fact]
    public async Task A_checkpoint_says_how_it_came_about()
    {
        var plan = Plan();
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(plan, 1, start);
        var parts = await folder.PartsAsync(plan, 1, start, updates);
        var checkpoint = await folder.CheckpointAsync(plan, 1, start, updates, parts);
        Assert.Equivalent(
            new CheckpointManifest(WorkFolder.Run, new(1, 1), start, plan, updates, parts),
            await folder.Reader.ReadManifestAsync(checkpoint, Token), strict: true);
    }

    [Fact]
    public async Task A_damaged_cut_or_swapped_input_is_named_and_nothing_comes_of_it()
    {
        var plan = Plan();
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(plan, 1, start);
        var sum = await folder.SumAsync(plan, 1, 0, start, updates);
        var manifest = await folder.Reader.ReadManifestAsync(start, Token);
        var other = (await folder.UpdatesAsync(Form(plan), 1, seed: 77))[0].Update;

        Task<BlobHash> AggregateAsync() => folder.SumAsync(plan, 1, 0, start, updates);
        Task<BlobHash> RefreshAsync() =>
            folder.Work.RefreshAsync(plan, new(new(1, 1), Shard: 0, Try: 1, start, sum), Token);

        foreach (var (blob, work) in (IEnumerable<(BlobHash, Func<Task<BlobHash>>)>)
            [
                .. updates.Select(update => (update.Update, (Func<Task<BlobHash>>)AggregateAsync)),
                (start, AggregateAsync), (start, RefreshAsync), (sum, RefreshAsync),
                (manifest.Parts[0], RefreshAsync),
            ])
        {
            var expected = await work();
            await FailsAsync(blob, Flipped, work);
            await FailsAsync(blob, whole => whole[..^1], work);
            await FailsAsync(blob, whole => [.. whole, 0], work);
            await FailsAsync(blob, _ => [], work);
            await FailsAsync(blob, _ => System.IO.File.ReadAllBytes(folder.FileOf(other)), work);
            Assert.Equal(expected, await work());
            System.IO.File.Move(folder.FileOf(blob), folder.FileOf(blob) + ".away");
            Assert.Contains($"{blob}", (await Assert.ThrowsAsync<WorkException>(work)).Message);
            System.IO.File.Move(folder.FileOf(blob) + ".away", folder.FileOf(blob));
        }
    }

    [Fact]
    public async Task A_changed_byte_anywhere_in_an_update_or_a_part_is_seen()
    {
        var plan = Plan();
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(plan, 1, start);
        var sum = await folder.SumAsync(plan, 1, 1, start, updates);
        var part = (await folder.Reader.ReadManifestAsync(start, Token)).Parts[0];
        foreach (var (blob, work) in (IEnumerable<(BlobHash, Func<Task<BlobHash>>)>)
            [
                (updates[1].Update, () => folder.SumAsync(plan, 1, 1, start, updates)),
                (part, () => folder.Work.RefreshAsync(plan, new(new(1, 1), 1, 1, start, sum), Token)),
                (sum, () => folder.Work.RefreshAsync(plan, new(new(1, 1), 1, 1, start, sum), Token)),
            ])
        {
            var length = (int)new FileInfo(folder.FileOf(blob)).Length;
            for (var at = 0; at < length; at += 5)
            {
                await FailsAsync(blob, whole => Changed(whole, at), work);
            }
        }
    }

    [Fact]
    public async Task Values_off_the_grid_are_refused_although_their_blob_is_whole()
    {
        var plan = Plan(shards: 1);
        var start = await folder.StartAsync(plan, Adapter());
        var form = Form(plan);
        foreach (var bad in (float[])[float.NaN, 0.1f, 2])
        {
            var file = File(form, Update(form, 1));
            BitConverter.GetBytes(bad).CopyTo(file, form.Header.DataStart + 8);
            var update = await PutAsync(folder.Blobs, file);
            var error = await Assert.ThrowsAsync<WorkException>(
                () => folder.SumAsync(plan, 1, 0, start, [new FrozenUpdate(update, new("north"), 1)]));
            Assert.Contains($"update {update} of north: ", error.Message);
            Assert.Contains("[2] is ", error.Message);
        }
    }

    [Fact]
    public async Task Orders_that_make_no_sense_are_refused()
    {
        var plan = Plan();
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(plan, 1, start);
        var parts = await folder.PartsAsync(plan, 1, start, updates);

        await RefusedAsync("no updates of round 1.1", () => folder.SumAsync(plan, 1, 0, start, []));
        await RefusedAsync("shard 2 of a plan with 2", () => folder.SumAsync(plan, 1, 2, start, updates));
        await RefusedAsync("shard -1 of a plan with 2", () => folder.SumAsync(plan, 1, -1, start, updates));
        await RefusedAsync(
            "the weight is 0", () => folder.SumAsync(plan, 1, 0, start, [updates[0] with { Weight = 0 }]));
        await RefusedAsync(
            "is not the part of shard", () => folder.CheckpointAsync(plan, 1, start, updates, [parts[1], parts[0]]));
        await RefusedAsync(
            "1 parts of 2 shards", () => folder.CheckpointAsync(plan, 1, start, updates, [parts[0]]));
        var narrow = plan with { Shards = [plan.Shards[0]] };
        await RefusedAsync(
            "is in no shard", () => folder.CheckpointAsync(narrow, 1, start, updates, [parts[0]]));
        var sums = await folder.SumAsync(plan, 1, 1, start, updates);
        await RefusedAsync(
            $"sum {sums} cannot be read",
            () => folder.Work.RefreshAsync(plan, new(new(1, 1), Shard: 0, Try: 1, start, sums), Token));
    }

    [Fact]
    public async Task Cancelled_work_ends_as_cancelled()
    {
        var plan = Plan();
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(plan, 1, start);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => folder.Work.AggregateAsync(plan, new(new(1, 1), 0, 1, updates), start, cancelled.Token));
    }

    private static async Task RefusedAsync(string reason, Func<Task<BlobHash>> work) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<WorkException>(work)).Message);

    private Task FailsAsync(BlobHash blob, Func<byte[], byte[]> change, Func<Task<BlobHash>> work) =>
        folder.WithDamageAsync(blob, change, async () =>
            Assert.Contains($"{blob}", (await Assert.ThrowsAsync<WorkException>(work)).Message));

    private static byte[] Flipped(byte[] whole) => Changed(whole, whole.Length - 1);

    private static byte[] Changed(byte[] whole, int at)
    {
        whole[at] ^= 1;
        return whole;
    }

    /// <summary>The method on the whole adapter, from one sum of whole updates.</summary>
    private async Task<Adapter> AdvanceAsync(
        RunPlan plan, int round, Adapter whole, ValueList<FrozenUpdate> updates)
    {
        var form = Form(plan, round, whole);
        var sum = new ExactSum(form.Grid);
        foreach (var update in updates)
        {
            var bytes = await System.IO.File.ReadAllBytesAsync(folder.FileOf(update.Update), Token);
            var values = new float[form.Grid.Layout.Count];
            Buffer.BlockCopy(bytes, (int)form.Header.DataStart, values, 0, values.Length * sizeof(float));
            Assert.True(sum.TryAdd(values, update.Weight, out var refusal), refusal?.Message);
        }

        return plan.Round.CreateMethod().Advance(whole, round - 1, new(form.Grid.Layout, sum.Mean()));
    }

    private static void AssertSameBits(Adapter expected, Adapter found)
    {
        Assert.Equal(
            expected.Layout.Tensors.OrderBy(spec => spec.Name), found.Layout.Tensors.OrderBy(spec => spec.Name));
        foreach (var spec in expected.Layout.Tensors)
        {
            Assert.Equal(
                expected.Values(spec.Name).ToArray().Select(BitConverter.DoubleToInt64Bits),
                found.Values(spec.Name).ToArray().Select(BitConverter.DoubleToInt64Bits));
        }
    }
}
