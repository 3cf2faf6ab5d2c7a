using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.AzureBlobs;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Tests.Storage.Blobs;

[assembly: AssemblyFixture(typeof(FedLowRank.Storage.AzureBlobs.Tests.Azurite))]

namespace FedLowRank.Storage.AzureBlobs.Tests;

/// <summary>The store on Azure: all that every store must do, and what this one finds in its container.</summary>
public sealed class AzureBlobStoreTests(Azurite azure) : BlobSuite, IAsyncLifetime
{
    /// <summary>The content has four blocks of this.</summary>
    private const int PieceBytes = 64 << 10;

    private readonly string container = $"test-{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync()
    {
        Azurite.Require();
        await azure.Container(container).CreateAsync(cancellationToken: Token);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_container_is_made_and_opened_again()
    {
        var client = azure.Container($"new-{Guid.NewGuid():N}", AzureBlobStore.ClientOptions());
        var blob = await (await AzureBlobStore.OpenAsync(client, Time, Token)).PutAsync(
            new MemoryStream(Content), Token);
        var store = await AzureBlobStore.OpenAsync(client, Time, Token);
        Assert.Equal([blob], await ListedAsync(store));
        var properties = await client.GetPropertiesAsync(cancellationToken: Token);
        Assert.Equal(PublicAccessType.None, properties.Value.PublicAccess);
    }

    [Fact]
    public async Task An_upload_in_many_small_steps_has_few_blocks()
    {
        var store = Open();
        await store.BeginUploadAsync(Upload, 300, Token);
        for (var i = 0; i < 300; i++)
            await store.WriteAsync(Upload, i, new MemoryStream([(byte)i]), Token);
        var blocks = await UploadBlob.GetBlockListAsync(cancellationToken: Token);
        Assert.Single(blocks.Value.CommittedBlocks);
        Assert.Empty(blocks.Value.UncommittedBlocks);
        var content = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        await store.CompleteUploadAsync(Upload, HashOf(content), cancellationToken: Token);
    }

    [Fact]
    public async Task A_blob_from_elsewhere_has_the_age_that_Azure_says_and_other_names_are_no_blobs()
    {
        var (hash, before) = (HashOf(Content), DateTimeOffset.UtcNow.AddMinutes(-1));
        await azure.Container(container).UploadBlobAsync(NameOf(hash), new MemoryStream(Content), Token);
        await azure.Container(container).UploadBlobAsync($"blobs/00/{hash}", new MemoryStream(Content), Token);
        await azure.Container(container).UploadBlobAsync("blobs/read.me", new MemoryStream(Content), Token);
        var blob = Assert.Single(await ListedAsync(Open()));
        Assert.InRange(blob.StoredAt, before, DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(blob, await Open().FindAsync(hash, Token));
    }

    [Fact]
    public async Task A_stream_of_a_whole_blob_can_seek_and_is_read_either_way()
    {
        var store = Open();
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        await using var stream = await store.OpenReadAsync(blob.Hash, null, Token);
        Assert.Equal(Content.Length, stream.Length);
        var bytes = new byte[1000];
        foreach (var place in (int[])[150_000, 0, 1000, 199_000])
        {
            stream.Seek(place, SeekOrigin.Begin);
            await stream.ReadExactlyAsync(bytes, Token);
            Assert.Equal(Content[place..(place + 1000)], bytes);
            stream.Position = place;
#pragma warning disable VSTHRD103 // The synchronous way is the subject.
            stream.ReadExactly(bytes);
#pragma warning restore VSTHRD103
            Assert.Equal(Content[place..(place + 1000)], bytes);
        }

        Assert.Equal(0, await stream.ReadAsync(bytes, Token));
    }

    [Fact]
    public async Task A_reader_goes_on_while_the_blob_is_made_young()
    {
        var wire = new Wire();
        var store = Open(wire);
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        await using var stream = await store.OpenReadAsync(blob.Hash, null, Token);
        var first = new byte[1000];
        await stream.ReadExactlyAsync(first, Token);
        await store.PutAsync(new MemoryStream(Content), Token);
        stream.Position = 500;
        Assert.Equal(Content[500..], await ReadAsync(stream));
    }

    [Fact]
    public async Task A_blob_that_is_stored_again_while_it_is_deleted_stays()
    {
        var wire = new Wire();
        var (store, other) = (Open(wire), Open());
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        Time.Advance(TimeSpan.FromHours(2));
        wire.Before = async request =>
        {
            if (request.Method.Method != "DELETE") return;
            wire.Before = _ => Task.CompletedTask;
            await other.PutAsync(new MemoryStream(Content), Token);
        };
        Assert.False(await store.DeleteAsync(blob.Hash, Noon.AddHours(1), Token));
        Assert.Equal(Noon.AddHours(2), (await store.FindAsync(blob.Hash, Token))!.StoredAt);
    }

    [Fact]
    public async Task An_upload_that_was_taken_for_ever_through_a_link_expires_all_the_same()
    {
        var store = Open();
        await UploadedAsync(store);
        await UploadBlob.GetBlobLeaseClient().AcquireAsync(
            BlobLeaseClient.InfiniteLeaseDuration, cancellationToken: Token);
        await UploadBlob.CreateSnapshotAsync(cancellationToken: Token);
        Assert.Equal(1, await store.ExpireUploadsAsync(DateTimeOffset.UtcNow.AddHours(1), Token));
        Assert.Null(await store.FindUploadAsync(Upload, Token));
    }

    [Fact]
    public async Task An_upload_that_another_process_writes_is_spared()
    {
        var store = Open();
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        await UploadBlob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60), cancellationToken: Token);
        Assert.Equal(0, await store.ExpireUploadsAsync(DateTimeOffset.MaxValue, Token));
        await FailsAsync(BlobError.UploadBusy, () => store.AbortUploadAsync(Upload, Token));
        await FailsAsync(BlobError.UploadBusy, () => store.FindUploadAsync(Upload, Token));
        await FailsAsync(BlobError.UploadBusy, () => store.BeginUploadAsync(Upload, Content.Length, Token));
        await FailsAsync(
            BlobError.UploadBusy, () => store.WriteAsync(Upload, 0, new MemoryStream(Content), Token));
        await FailsAsync(
            BlobError.UploadBusy, () => store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token));
    }

    private protected override IBlobStore Open() => Open(wire: null);

    private protected override async Task DamageAsync(BlobHash hash, int place)
    {
        var blob = azure.Container(container).GetBlobClient(NameOf(hash));
        var bytes = (await blob.DownloadContentAsync(Token)).Value.Content.ToArray();
        bytes[place] ^= 4;
        await blob.UploadAsync(new BinaryData(bytes), overwrite: true, Token);
    }

    private BlockBlobClient UploadBlob => azure.Container(container).GetBlockBlobClient($"uploads/{Upload}");

    private AzureBlobStore Open(Wire? wire) => new(
        azure.Container(container, wire?.Options()), new() { BlobBytesMax = LimitBytes }, Time, PieceBytes);

    private static string NameOf(BlobHash hash) => $"blobs/{hash.ToString()[..2]}/{hash}";
}
