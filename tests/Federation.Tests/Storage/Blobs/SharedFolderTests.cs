using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;

namespace FedLowRank.Federation.Tests.Storage.Blobs;

/// <summary>
/// Several stores on one folder, as several processes have them: the system's locks are between open files, so that two
/// stores of one process are as far from each other as those of two.
/// </summary>
public sealed class SharedFolderTests : IDisposable
{
    private const int Rounds = 100;
    private static readonly UploadId Upload = new("shared");
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_is_done_under_the_lock_is_done_by_one_at_a_time()
    {
        var count = 0;
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var gate = new FolderLock(Path.Combine(folder, "gate"), TimeProvider.System);
            for (var i = 0; i < Rounds; i++)
            {
                gate.Do(() =>
                {
                    var seen = count;
                    Thread.Yield();
                    count = seen + 1;
                });
            }
        }, Token));
        await Task.WhenAll(workers);
        Assert.Equal(4 * Rounds, count);
    }

    [Fact]
    public async Task An_upload_begun_at_two_stores_at_once_is_one_upload()
    {
        var (one, two) = (FileBlobStore.Open(folder), FileBlobStore.Open(folder));
        for (var i = 0; i < Rounds; i++)
        {
            var id = new UploadId($"u{i}");
            await Task.WhenAll(BegunAsync(one, id, 10), BegunAsync(two, id, 20));
            Assert.Single(Directory.GetFiles(Path.Combine(folder, "uploads", id.Value)));
        }
    }

    [Fact]
    public async Task An_upload_completed_at_two_stores_at_once_is_one_blob_and_can_be_begun_anew()
    {
        var (one, two) = (FileBlobStore.Open(folder), FileBlobStore.Open(folder));
        for (var i = 0; i < Rounds; i++)
        {
            var content = BitConverter.GetBytes(i);
            var hash = BlobHash.Of(SHA256.HashData(content));
            await one.BeginUploadAsync(Upload, content.Length, Token);
            await one.WriteAsync(Upload, 0, new MemoryStream(content), Token);
            var done = await Task.WhenAll(
                CompletedAsync(one, hash), CompletedAsync(two, hash), CompletedAsync(one, hash));
            Assert.Contains(true, done);
            Assert.Null(await two.FindUploadAsync(Upload, Token));
            await using var read = await two.OpenVerifiedAsync(hash, Token);
            await read.CopyToAsync(Stream.Null, Token);
        }
    }

    [Fact]
    public async Task What_one_store_stores_again_another_does_not_delete()
    {
        var clock = new ManualTime(DateTimeOffset.UtcNow);
        var (one, two) = (FileBlobStore.Open(folder, time: clock), FileBlobStore.Open(folder, time: clock));
        byte[] content = [1, 2, 3];
        var hash = BlobHash.Of(SHA256.HashData(content));
        for (var i = 0; i < Rounds; i++)
        {
            await one.PutAsync(new MemoryStream(content), Token);
            clock.Advance(TimeSpan.FromMinutes(1));
            var now = clock.GetUtcNow();
            await Task.WhenAll(
                one.PutAsync(new MemoryStream(content), Token), two.DeleteAsync(hash, storedBefore: now, Token));
            Assert.NotNull(await two.FindAsync(hash, Token));
        }
    }

    private static async Task BegunAsync(FileBlobStore store, UploadId id, long size)
    {
        try
        {
            await Task.Run(() => store.BeginUploadAsync(id, size, Token), Token);
        }
        catch (BlobException error) when (error.Error is BlobError.OtherSize or BlobError.UploadBusy)
        {
            // The other store was first, or looks at it at this moment.
        }
    }

    private static async Task<bool> CompletedAsync(FileBlobStore store, BlobHash hash)
    {
        try
        {
            await Task.Run(() => store.CompleteUploadAsync(Upload, hash, cancellationToken: Token), Token);
            return true;
        }
        catch (BlobException error) when (error.Error == BlobError.UploadBusy)
        {
            return false;
        }
    }
}
