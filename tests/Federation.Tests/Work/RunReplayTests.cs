using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>
/// A run that was done rightly comes out of a replay faultless, one with any wrong bit does not, and the store is left
/// as it was.
/// </summary>
public sealed class RunReplayTests : IDisposable
{
    private readonly WorkFolder folder = new();
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("fedlowrank-replay-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        folder.Dispose();
        scratch.Delete(recursive: true);
    }

    [Theory]
    [InlineData("fedsvd", 1)]
    [InlineData("fedsvd-alternating", 3)]
    [InlineData("fed-sb", 2)]
    public async Task A_run_is_replayed_to_the_bit_and_nothing_is_written(string method, int shards)
    {
        var checkpoints = await folder.RunAsync(Plan(method, shards), rounds: 3);
        var before = Files();
        var report = await CheckAsync(checkpoints);

        Assert.True(report.IsFaultless, string.Join("; ", report.Steps.Select(step => step.Fault)));
        Assert.Equal(checkpoints, report.Steps.Select(step => step.Checkpoint));
        Assert.Equal([null, new(1, 1), new(2, 1), new RoundId(3, 1)], report.Steps.Select(step => step.Round));
        Assert.All(report.Steps, step => Assert.Equal(WorkFolder.Run, step.Run));
        Assert.Equal(checkpoints, await RunReplay.ChainAsync(folder.Blobs, checkpoints[^1], Token));
        Assert.Equal(before, Files());
        Assert.Empty(scratch.GetFileSystemInfos());
    }

    [Fact]
    public async Task An_adapter_that_the_updates_do_not_give_is_found_and_hides_no_other_fault()
    {
        var plan = Plan();
        var checkpoints = await folder.RunAsync(plan, rounds: 1);
        var honest = await folder.Reader.ReadManifestAsync(checkpoints[1], Token);

        // One value, by one bit of its last place.
        var part = await folder.Reader.ReadAdapterAsync(honest, plan.Shards[0].Layers, Token);
        var layer = part.Layers[0];
        var b = layer.B.ToArray();
        b[3] = Math.BitIncrement(b[3]);
        var forged = await PutAsync(
            folder.Blobs, File(new Adapter([layer.With(newB: b), .. part.Layers[1..]], part.Head)));
        checkpoints[1] = await PutAsync(
            folder.Blobs, ManifestJson.Write(honest with { Parts = [forged, honest.Parts[1]] }));
        checkpoints.Add(await folder.RoundAsync(plan, 2, checkpoints[1]));

        var report = await CheckAsync(checkpoints);
        Assert.False(report.IsFaultless);
        Assert.Equal(
            $"shard shard0 is recorded as {forged}; it comes out as {honest.Parts[0]}", report.Steps[1].Fault);
        Assert.Null(report.Steps[0].Fault);
        Assert.Null(report.Steps[2].Fault);
    }

    [Fact]
    public async Task Left_out_updates_and_other_weights_are_found()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 1);
        var honest = await folder.Reader.ReadManifestAsync(checkpoints[1], Token);
        var first = honest.Updates[0];
        foreach (var updates in (ValueList<Aggregation.Rounds.States.FrozenUpdate>[])
            [honest.Updates.RemoveAt(0), honest.Updates.With(0, first with { Weight = first.Weight + 1 }), []])
        {
            var forged = await PutAsync(folder.Blobs, ManifestJson.Write(honest with { Updates = updates }));
            Assert.NotNull((await CheckAsync([checkpoints[0], forged])).Steps[1].Fault);
        }
    }

    [Fact]
    public async Task Blobs_that_are_missing_or_damaged_are_named()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 1);
        var manifest = await folder.Reader.ReadManifestAsync(checkpoints[1], Token);
        foreach (var blob in (BlobHash[])
            [checkpoints[1], manifest.Updates[1].Update, manifest.Parts[0], manifest.Parts[1]])
        {
            await folder.WithDamageAsync(blob, whole => [.. whole[..^1], (byte)(whole[^1] ^ 1)], NamedAsync);
            System.IO.File.Move(folder.FileOf(blob), folder.FileOf(blob) + ".away");
            await NamedAsync();
            System.IO.File.Move(folder.FileOf(blob) + ".away", folder.FileOf(blob));

            async Task NamedAsync() =>
                Assert.Contains($"{blob}", (await CheckAsync(checkpoints)).Steps[1].Fault);
        }
    }

    [Fact]
    public async Task A_list_of_sections_that_is_missing_damaged_or_another_updates_is_named()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 1);
        var manifest = await folder.Reader.ReadManifestAsync(checkpoints[1], Token);
        var (first, second) = (manifest.Updates[0], manifest.Updates[1]);
        var list = first.Sections!.Value;
        await folder.WithDamageAsync(list, whole => [.. whole[..^1], (byte)(whole[^1] ^ 1)], NamedAsync);
        System.IO.File.Move(folder.FileOf(list), folder.FileOf(list) + ".away");
        await NamedAsync();
        System.IO.File.Move(folder.FileOf(list) + ".away", folder.FileOf(list));

        var forged = await PutAsync(folder.Blobs, ManifestJson.Write(manifest with
        {
            Updates = manifest.Updates.With(0, first with { Sections = second.Sections }),
        }));
        Assert.Contains(
            $"update {first.Update} of {first.Agent} and its list of sections {second.Sections}: " +
                $"the update's list is {list}",
            (await CheckAsync([checkpoints[0], forged])).Steps[1].Fault);

        async Task NamedAsync() => Assert.Contains($"{list}", (await CheckAsync(checkpoints)).Steps[1].Fault);
    }

    [Fact]
    public async Task A_run_without_lists_of_sections_is_replayed_as_well()
    {
        using var bare = new WorkFolder(hasSections: false);
        var checkpoints = await bare.RunAsync(Plan(), rounds: 2);
        var report = await RunReplay.CheckAsync(bare.Blobs, checkpoints, scratch.FullName, Token);
        Assert.All(report.Steps, step => Assert.Null(step.Fault));
    }

    [Fact]
    public async Task A_chain_with_a_hole_and_manifests_of_no_sense_are_faults()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 2);
        var report = await CheckAsync([checkpoints[0], checkpoints[2]]);
        Assert.Equal($"its start {checkpoints[1]} does not come before it", report.Steps[1].Fault);

        var manifest = await folder.Reader.ReadManifestAsync(checkpoints[1], Token);
        var rootless = await PutAsync(folder.Blobs, ManifestJson.Write(manifest with { Start = null }));
        Assert.Contains("neither a start", (await CheckAsync([rootless])).Steps[0].Fault);
    }

    private Task<ReplayReport> CheckAsync(IEnumerable<BlobHash> checkpoints) =>
        RunReplay.CheckAsync(folder.Blobs, checkpoints, scratch.FullName, Token);

    private List<(string, DateTime)> Files() =>
    [
        .. Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(path => (path, System.IO.File.GetLastWriteTimeUtc(path))),
    ];
}
