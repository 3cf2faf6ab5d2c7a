using System.Security.Cryptography;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>
/// Adapters and manifests have one stored form each, which never changes unnoticed, and whatever else is in a file is a
/// typed error.
/// </summary>
public sealed class AdapterFileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_adapter_comes_back_bit_for_bit(bool hasInner)
    {
        var adapter = Adapter(hasInner: hasInner);
        var file = File(adapter);
        Assert.Equal(file.Length, AdapterFile.SizeBytes(adapter));
        var found = await AdapterFile.ReadAsync(new MemoryStream(file), Token);
        Assert.Equal(AdapterShape.Of(adapter), AdapterShape.Of(found));
        Assert.Equal(file, File(found));
    }

    [Fact]
    public async Task Some_of_an_adapter_is_read_in_the_order_of_the_file()
    {
        var adapter = Adapter();
        string[] wanted = [Modules[2], Bias, Modules[0]];
        var found = await AdapterFile.ReadAsync(new MemoryStream(File(adapter)), wanted.Contains, null, Token);
        Assert.Equal([Modules[0], Modules[2], Bias], AdapterShape.Of(found).Names());
        foreach (var spec in found.Layout.Tensors)
            Assert.Equal(adapter.Values(spec.Name).ToArray(), found.Values(spec.Name).ToArray());
    }

    [Fact]
    public async Task A_changed_bit_of_any_byte_of_the_header_gives_an_adapter_or_a_typed_error()
    {
        var file = File(Adapter());
        var header = BitConverter.ToInt64(file) + 8;
        var (tried, refused) = (0, 0);
        for (var bit = 0; bit < header * 8; bit += 7, tried++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                await AdapterFile.ReadAsync(new MemoryStream(file), null, file.Length, Token);
            }
            catch (CheckpointException)
            {
                refused++;
            }

            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        // What passes is another digit of alpha or a blank of another kind.
        Assert.InRange(refused, tried * 9 / 10, tried);
    }

    [Fact]
    public async Task A_small_file_that_declares_a_huge_adapter_is_refused_before_there_is_memory_for_it()
    {
        var shape = new AdapterShape([new LayerShape("layer", 1 << 20, 1 << 20, 1 << 9, 1, HasInner: false)], []);
        var file = MasterTensors.Header(
            shape.Layout(), AdapterFile.MetadataKey,
            """{"layers":[{"module":"layer","inputWidth":1048576,"outputWidth":1048576,"rank":512,"alpha":1,""" +
            """ "hasInner":false}],"head":[]}""").ToBytes();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = await Assert.ThrowsAsync<CheckpointException>(
            () => AdapterFile.ReadAsync(new MemoryStream(file), null, file.Length, Token));
        Assert.Contains("but the file has", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void The_bytes_of_an_adapter_and_of_a_manifest_are_those_of_the_first_version()
    {
        var adapter = new Adapter(
            [new(new("layer.0", 3, 2, 1, 2), [0.5, -0.25, 1], [0, 2])],
            [new(new("head.weight", 1, 2), [1, -1]), new(new("head.bias", 1, 1), [0.125], isTrained: false)]);
        Assert.Equal(
            "a58402580e16b8893ea7ccbb859650c0296125575532806cb04b5e5ed64188a5",
            Convert.ToHexStringLower(SHA256.HashData(File(adapter))));

        var hash = new BlobHash(1, 2);
        var manifest = new CheckpointManifest(
            new("night-shift"), new(3, 2), hash, Plan(isPrivate: true), [new(hash, new("north"), 7)],
            [hash, new(3, 4)]);
        Assert.Equal(
            "eb3d2fa16242f54a39b10150477dc90d4872735c903d067d0ff4a3c848d7d34d",
            ManifestJson.HashOf(ManifestJson.Write(manifest)).ToString());
        Assert.Equivalent(manifest, ManifestJson.Read(ManifestJson.Write(manifest)), strict: true);
    }

    [Fact]
    public void Every_changed_byte_of_a_manifest_gives_another_manifest_or_a_typed_error()
    {
        var json = ManifestJson.Write(new(
            new("night-shift"), new(3, 2), new(1, 2), Plan(), [new(new(5, 6), new("north"), 7)], [new(3, 4)]));
        for (var at = 0; at < json.Length; at++)
        {
            foreach (var change in (byte[])[1, 16, 32, 128])
            {
                json[at] ^= change;
                try
                {
                    Assert.NotNull(ManifestJson.Read(json));
                }
                catch (CheckpointException)
                {
                }

                json[at] ^= change;
            }
        }
    }
}
