using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>
/// A list of sections says of each section what its bytes say, and is read back as it was or not at all.
/// </summary>
public sealed class UpdateSectionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_screening_gives_the_hash_of_the_header_and_of_the_bytes_of_each_tensor()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var form = Form(Wide(seed), 1, Adapter(seed));
            var file = File(form, Update(form, seed));
            var seen = await UpdateScreening.InspectAsync(form, new MemoryStream(file), true, Token);

            var expected = form.Header.Tensors.Select(tensor => BlobHash.Of(SHA256.HashData(
                file.AsSpan((int)form.Header.FileOffset(tensor), (int)tensor.ByteLength))));
            Assert.Equal(
                new(BlobHash.Of(SHA256.HashData(file.AsSpan(0, (int)form.Header.DataStart))), expected.ToValueList()),
                seen.Sections);
        }
    }

    [Fact]
    public async Task A_tensor_of_more_than_one_block_has_one_hash()
    {
        var shape = new AdapterShape([new LayerShape("layer", 64, 3000, 64, 64, HasInner: false)], []);
        var form = UpdateForm.Of(Plan().Round, 1, shape);
        var file = File(form, Update(form, seed: 1));
        var seen = await UpdateScreening.InspectAsync(form, new MemoryStream(file), true, Token);
        Assert.Equal([BlobHash.Of(SHA256.HashData(file.AsSpan((int)form.Header.DataStart)))], seen.Sections!.Tensors);
    }

    [Fact]
    public async Task Of_an_update_that_is_not_clean_there_is_no_list()
    {
        var form = Form();
        var file = File(form, Update(form, seed: 1));
        BitConverter.GetBytes(float.NaN).CopyTo(file, file.Length - 4);
        Assert.Null((await UpdateScreening.InspectAsync(form, new MemoryStream(file), true, Token)).Sections);
        Assert.Null((await UpdateScreening.InspectAsync(form, new MemoryStream(file[..^1]), true, Token)).Sections);
        Assert.Null((await UpdateScreening.InspectAsync(form, new MemoryStream(), true, Token)).Sections);
    }

    [Fact]
    public void The_stored_form_is_read_back_equal_and_every_cut_is_refused()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var list = Random(seed);
            var bytes = list.ToBytes();
            Assert.Equal(UpdateSections.SizeBytes(list.Tensors.Count), bytes.Length);
            Assert.Equal(list, UpdateSections.Read(bytes));
            Assert.Equal(BlobHash.Of(SHA256.HashData(bytes)), list.StoredHash());
            for (var length = 0; length < bytes.Length; length++)
            {
                var isWhole = length >= UpdateSections.SizeBytes(0) && (length - UpdateSections.MagicBytes) % 32 == 0;
                if (isWhole) Assert.NotEqual(list, UpdateSections.Read(bytes.AsSpan(0, length)));
                else Assert.Throws<CheckpointException>(() => UpdateSections.Read(bytes.AsSpan(0, length)));
            }
        }
    }

    [Fact]
    public void Another_version_is_refused()
    {
        var bytes = Random(1).ToBytes();
        for (var at = 0; at < UpdateSections.MagicBytes; at++)
        {
            bytes[at] ^= 1;
            Assert.Contains(
                "this version", Assert.Throws<CheckpointException>(() => UpdateSections.Read(bytes)).Message);
            bytes[at] ^= 1;
        }
    }

    [Fact]
    public void The_stored_form_stays_as_it_is()
    {
        var list = new UpdateSections(new(1, 2), [new(3, 4)]);
        Assert.Equal(
            "464c525345435431" +
            "0000000000000000000000000000000100000000000000000000000000000002" +
            "0000000000000000000000000000000300000000000000000000000000000004",
            Convert.ToHexStringLower(list.ToBytes()));
    }

    [Fact]
    public async Task A_stored_list_is_loaded_for_its_form_alone()
    {
        var folder = Directory.CreateTempSubdirectory("fedlowrank-sections-");
        try
        {
            var blobs = FileBlobStore.Open(folder.FullName);
            var form = Form();
            var file = File(form, Update(form, seed: 1));
            var list = (await UpdateScreening.InspectAsync(form, new MemoryStream(file), true, Token)).Sections!;
            var hash = await list.StoreAsync(blobs, Token);
            Assert.Equal(list.StoredHash(), hash);
            Assert.Equal(hash, await list.StoreAsync(blobs, Token));
            Assert.Equal(list, await UpdateSections.LoadAsync(blobs, hash, form, Token));

            foreach (var other in (UpdateSections[])
                [
                    list with { Header = new(0, 1) }, list with { Tensors = list.Tensors.RemoveAt(0) },
                    list with { Tensors = list.Tensors.Add(new(0, 1)) },
                ])
            {
                var wrong = await other.StoreAsync(blobs, Token);
                await Assert.ThrowsAsync<CheckpointException>(
                    () => UpdateSections.LoadAsync(blobs, wrong, form, Token));
            }

            await Assert.ThrowsAsync<BlobException>(() => UpdateSections.LoadAsync(blobs, new(0, 1), form, Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Aggregation.Rounds.Plans.RunPlan Wide(int seed) =>
        Plan(seed % 2 == 0 ? "fedsvd" : "fedsvd-alternating");

    private static UpdateSections Random(int seed)
    {
        var random = new Random(seed);
        return new(Hash(), Enumerable.Range(0, random.Next(20)).Select(_ => Hash()).ToValueList());

        BlobHash Hash()
        {
            var digest = new byte[32];
            random.NextBytes(digest);
            return BlobHash.Of(digest);
        }
    }
}
