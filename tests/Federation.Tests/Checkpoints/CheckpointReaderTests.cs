using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Tests.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>Checkpoints are read in one order, wholly or in part, and every fault names its blob.</summary>
public sealed class CheckpointReaderTests : IDisposable
{
    private readonly WorkFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_layers_of_all_parts_come_first_and_then_their_head_tensors()
    {
        var manifest = await SplitAsync(Adapter());
        string[] order = [Modules[3], Modules[1], Modules[2], Modules[0], Bias, Frozen, Weight];
        Assert.Equal(order, (await folder.Reader.ReadShapeAsync(manifest, Token)).Names());
        Assert.Equal(order, (await folder.Reader.CheckPartsAsync(manifest, Token)).Names());
        Assert.Equal(order, AdapterShape.Of(await folder.Reader.ReadAdapterAsync(manifest, Token)).Names());
    }

    [Fact]
    public async Task A_part_comes_in_the_order_that_is_asked_for()
    {
        var whole = Adapter();
        var manifest = await SplitAsync(whole);
        var found = await folder.Reader.ReadAdapterAsync(manifest, [Weight, Modules[0], Modules[3]], Token);
        Assert.Equal([Modules[0], Modules[3], Weight], AdapterShape.Of(found).Names());
        foreach (var spec in found.Layout.Tensors)
            Assert.Equal(whole.Values(spec.Name).ToArray(), found.Values(spec.Name).ToArray());

        var error = await Assert.ThrowsAsync<CheckpointException>(
            () => folder.Reader.ReadAdapterAsync(manifest, [Weight, "layer.7"], Token));
        Assert.Contains("no layer or head tensor layer.7", error.Message);
    }

    [Fact]
    public async Task A_damaged_or_missing_blob_is_named()
    {
        var manifest = await SplitAsync(Adapter());
        var part = manifest.Parts[1];
        await folder.WithDamageAsync(part, whole => [.. whole[..^1], (byte)(whole[^1] ^ 1)], async () =>
        {
            await FailsAsync(part, () => folder.Reader.ReadAdapterAsync(manifest, Token));
            await FailsAsync(part, () => folder.Reader.ReadAdapterAsync(manifest, [Frozen], Token));
            await FailsAsync(part, () => folder.Reader.CheckPartsAsync(manifest, Token));
            await folder.Reader.ReadAdapterAsync(manifest, [Modules[3]], Token);
        });

        var away = new BlobHash(1, 1);
        await FailsAsync(away, () => folder.Reader.ReadManifestAsync(away, Token));
        await FailsAsync(part, () => folder.Reader.ReadManifestAsync(part, Token));
        await FailsAsync(away, () => folder.Reader.ReadShapeAsync(manifest with { Parts = [part, away] }, Token));
    }

    [Fact]
    public async Task Parts_that_share_a_tensor_are_refused()
    {
        var manifest = await SplitAsync(Adapter());
        var twice = manifest with { Parts = [.. manifest.Parts, manifest.Parts[0]] };
        foreach (var read in (Func<Task>[])
            [
                () => folder.Reader.ReadShapeAsync(twice, Token), () => folder.Reader.ReadAdapterAsync(twice, Token),
                () => folder.Reader.ReadAdapterAsync(twice, [Modules[3]], Token),
            ])
        {
            Assert.Contains("occurs twice", (await Assert.ThrowsAsync<CheckpointException>(read)).Message);
        }
    }

    [Fact]
    public async Task A_manifest_without_end_is_given_up_at_the_limit()
    {
        var endless = new CountingZeros(1L << 40) { First = [] };
        var reader = new CheckpointReader((_, _) => Task.FromResult<Stream>(endless));
        await FailsAsync(new(1, 1), () => reader.ReadManifestAsync(new(1, 1), Token));
        Assert.InRange(
            endless.BytesRead, CheckpointReader.ManifestBytesMax, CheckpointReader.ManifestBytesMax + (1 << 20));
    }

    private static async Task FailsAsync(BlobHash blob, Func<Task> read) =>
        Assert.Contains($"{blob}", (await Assert.ThrowsAsync<CheckpointException>(read)).Message);

    /// <summary>A manifest of the adapter in two parts, out of the adapter's own order.</summary>
    private async Task<CheckpointManifest> SplitAsync(Adapter adapter)
    {
        var layers = adapter.Layers;
        var head = adapter.Head.ToDictionary(tensor => tensor.Spec.Name);
        var first = await PutAsync(folder.Blobs, File(new Adapter([layers[3], layers[1]], [head[Bias]])));
        var second = await PutAsync(
            folder.Blobs, File(new Adapter([layers[2], layers[0]], [head[Frozen], head[Weight]])));
        return new(WorkFolder.Run, null, null, Plan(), [], [first, second]);
    }
}
