using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>
/// Goal: of updates with lists of sections a shard's sum reads its own bytes alone, has the bits that it has without
/// them, and never counts a damaged byte. Method: real files, bytes of one changed in turn, and a store that counts.
/// </summary>
public sealed class ShardSectionsTests : IDisposable
{
    private readonly WorkFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> MethodsAndShards() => RoundWorkTests.MethodsAndShards();

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(MethodsAndShards))]
    public async Task A_sum_has_the_same_bits_with_and_without_sections(string method, int shards)
    {
        var plan = Plan(method, shards);
        var start = await folder.StartAsync(plan, Adapter(hasInner: method == "fed-sb"));
        foreach (var round in (int[])[1, 2])
        {
            var updates = await folder.UpdatesAsync(plan, round, start);
            Assert.All(updates, update => Assert.NotNull(update.Sections));
            ValueList<FrozenUpdate> mixed = [updates[0], Bare(updates[1]), updates[2]];
            for (var shard = 0; shard < shards; shard++)
            {
                var sum = await folder.SumAsync(plan, round, shard, start, updates);
                Assert.Equal(
                    sum, await folder.SumAsync(plan, round, shard, start, updates.Select(Bare).ToValueList()));
                Assert.Equal(sum, await folder.SumAsync(plan, round, shard, start, mixed));
            }
        }
    }

    [Theory]
    [InlineData("fedsvd", 1)]
    [InlineData("fedsvd", 2)]
    [InlineData("fedsvd", 7)]
    [InlineData("fedsvd-alternating", 3)]
    public async Task A_shard_reads_its_own_bytes_and_the_lists_and_nothing_else_of_the_updates(
        string method, int shards)
    {
        var plan = Plan(method, shards);
        var start = await folder.StartAsync(plan, Adapter());
        var form = Form(plan);
        var updates = await folder.UpdatesAsync(form, count: 30, seed: 1);
        var whole = 0L;
        for (var shard = 0; shard < shards; shard++)
        {
            var counting = new CountingBlobs(folder.Blobs);
            await new RoundWork(counting).AggregateAsync(plan, new(new(1, 1), shard, 1, updates), start, Token);
            var own = BytesOf(plan, form, shard);
            foreach (var update in updates)
            {
                Assert.Equal(own, counting.BytesReadOf(update.Update));
                Assert.Equal(
                    UpdateSections.SizeBytes(form.Header.Tensors.Length),
                    counting.BytesReadOf(update.Sections!.Value));
            }

            Assert.Equal(0, counting.OpenCount);
            Assert.InRange(counting.OpenMax, 1, 8);
            whole += own;
        }

        Assert.Equal(form.Bytes - form.Header.DataStart, whole);
    }

    [Fact]
    public async Task Of_the_start_a_sum_reads_the_headers_alone()
    {
        var plan = Plan(shards: 2);
        var start = await folder.RoundAsync(plan, 1, await folder.StartAsync(plan, Adapter()));
        var updates = await folder.UpdatesAsync(plan, 2, start);
        var counting = new CountingBlobs(folder.Blobs);
        await new RoundWork(counting).AggregateAsync(plan, new(new(2, 1), 0, 1, updates), start, Token);
        foreach (var part in (await folder.Reader.ReadManifestAsync(start, Token)).Parts)
        {
            await using var file = await folder.Blobs.OpenReadAsync(part, null, Token);
            var header = await Aggregation.Safetensors.SafetensorsHeader.ReadAsync(file, cancellationToken: Token);
            Assert.Equal(header.DataStart, counting.BytesReadOf(part));
        }
    }

    [Fact]
    public async Task A_changed_byte_is_named_by_the_shard_that_owns_it_and_disturbs_no_other()
    {
        var plan = Plan(shards: 2);
        var start = await folder.StartAsync(plan, Adapter());
        var form = Form(plan);
        var updates = await folder.UpdatesAsync(form, count: 3, seed: 1);
        var sums = new[] { await SumAsync(0), await SumAsync(1) };
        var damaged = updates[1];
        for (var at = (int)form.Header.DataStart; at < form.Bytes; at += 13)
        {
            var owner = Enumerable.Range(0, 2).Single(shard => Owns(plan, form, shard, at));
            await folder.WithDamageAsync(damaged.Update, whole => Changed(whole, at), async () =>
            {
                var error = await Assert.ThrowsAsync<WorkException>(() => SumAsync(owner));
                Assert.StartsWith($"update {damaged.Update} of {damaged.Agent}: ", error.Message);
                Assert.EndsWith("is damaged", error.Message);
                Assert.Equal(sums[1 - owner], await SumAsync(1 - owner));
            });
        }

        Assert.Equal<BlobHash[]>(sums, [await SumAsync(0), await SumAsync(1)]);

        Task<BlobHash> SumAsync(int shard) => folder.SumAsync(plan, 1, shard, start, updates);
    }

    [Fact]
    public async Task A_cut_a_missing_and_another_update_are_named()
    {
        var plan = Plan(shards: 1);
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(Form(plan), count: 12, seed: 1);
        var damaged = updates[7].Update;
        var other = await System.IO.File.ReadAllBytesAsync(folder.FileOf(updates[3].Update), Token);
        foreach (var change in (Func<byte[], byte[]>[])[whole => whole[..^1], _ => [], _ => other])
            await folder.WithDamageAsync(damaged, change, FailsAsync);
        System.IO.File.Move(folder.FileOf(damaged), folder.FileOf(damaged) + ".away");
        await FailsAsync();

        async Task FailsAsync() => Assert.StartsWith(
            $"update {damaged} of {updates[7].Agent}: ",
            (await Assert.ThrowsAsync<WorkException>(() => folder.SumAsync(plan, 1, 0, start, updates))).Message);
    }

    [Fact]
    public async Task Without_its_list_or_with_a_damaged_one_an_update_is_read_whole_and_the_round_goes_on()
    {
        var plan = Plan(shards: 2);
        var start = await folder.StartAsync(plan, Adapter());
        var updates = await folder.UpdatesAsync(Form(plan), count: 3, seed: 1);
        var sum = await folder.SumAsync(plan, 1, 0, start, updates);
        var (update, list) = (updates[1].Update, updates[1].Sections!.Value);
        var foreign = await System.IO.File.ReadAllBytesAsync(folder.FileOf(updates[0].Sections!.Value), Token);
        var length = (int)new FileInfo(folder.FileOf(list)).Length;
        for (var at = 0; at < length; at += 7)
            await folder.WithDamageAsync(list, whole => Changed(whole, at), SameAsync);
        foreach (var change in (Func<byte[], byte[]>[])
            [whole => whole[..^1], whole => [.. whole, 0], whole => [.. whole, .. whole], _ => [], _ => foreign])
        {
            await folder.WithDamageAsync(list, change, SameAsync);
        }

        System.IO.File.Move(folder.FileOf(list), folder.FileOf(list) + ".away");
        await SameAsync();

        // And then every byte of the update counts again, whosever it is.
        for (var at = 0; at < (int)new FileInfo(folder.FileOf(update)).Length; at += 31)
        {
            await folder.WithDamageAsync(update, whole => Changed(whole, at), async () =>
                Assert.StartsWith(
                    $"update {update} of ",
                    (await Assert.ThrowsAsync<WorkException>(
                        () => folder.SumAsync(plan, 1, 0, start, updates))).Message));
        }

        async Task SameAsync() => Assert.Equal(sum, await folder.SumAsync(plan, 1, 0, start, updates));
    }

    [Fact]
    public async Task A_changed_header_of_the_start_is_named_or_changes_nothing()
    {
        foreach (var bare in (bool[])[false, true])
        {
            var plan = Plan(shards: 2);
            var start = await folder.StartAsync(plan, Adapter());
            var updates = await folder.UpdatesAsync(plan, 1, start);
            if (bare) updates = updates.Select(Bare).ToValueList();
            var sum = await folder.SumAsync(plan, 1, 0, start, updates);
            var part = (await folder.Reader.ReadManifestAsync(start, Token)).Parts[0];
            var named = 0;
            for (var at = 0; at < 2000; at += 23)
            {
                await folder.WithDamageAsync(part, whole => Changed(whole, at), async () =>
                {
                    try
                    {
                        Assert.Equal(sum, await folder.SumAsync(plan, 1, 0, start, updates));
                    }
                    catch (WorkException error)
                    {
                        Assert.Contains($"adapter {part} cannot be read", error.Message);
                        named++;
                    }
                });
            }

            Assert.True(named > 40, $"{named} of 87 changes were seen");
        }
    }

    [Fact]
    public async Task Values_off_the_grid_are_refused_although_their_sections_are_whole()
    {
        var plan = Plan(shards: 1);
        var start = await folder.StartAsync(plan, Adapter());
        var form = Form(plan);
        var wide = Form(plan with { Round = plan.Round with { UpdateBound = 64 } });
        var values = new float[form.Grid.Layout.Count];
        values[2] = 2;
        var file = File(wide, values);
        var seen = await UpdateScreening.InspectAsync(wide, new MemoryStream(file), isPrivate: true, Token);
        var update = new FrozenUpdate(await PutAsync(folder.Blobs, file), new("north"), 1)
        {
            Sections = await seen.Sections!.StoreAsync(folder.Blobs, Token),
        };
        var error = await Assert.ThrowsAsync<WorkException>(() => folder.SumAsync(plan, 1, 0, start, [update]));
        Assert.Contains($"update {update.Update} of north: ", error.Message);
        Assert.Contains("[2] is ", error.Message);
    }

    private static FrozenUpdate Bare(FrozenUpdate update) => update with { Sections = null };

    private static long BytesOf(RunPlan plan, UpdateForm form, int shard) => form.Header.Tensors
        .Where(tensor => IsOf(plan.Shards[shard], tensor.Name)).Sum(tensor => tensor.ByteLength);

    private static bool Owns(RunPlan plan, UpdateForm form, int shard, long at) => form.Header.Tensors.Any(
        tensor => IsOf(plan.Shards[shard], tensor.Name) &&
            at >= form.Header.FileOffset(tensor) && at < form.Header.FileOffset(tensor) + tensor.ByteLength);

    private static bool IsOf(LayerShard shard, string tensor) => AdapterShape.Of(Adapter()).Part(shard.Layers)
        .Layout().Tensors.Any(spec => spec.Name == tensor);

    private static byte[] Changed(byte[] whole, int at)
    {
        whole[at] ^= 1;
        return whole;
    }
}
