using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Tests.Storage.Blobs;

/// <summary>Goal: every blob store keeps what the port promises. Method: the same facts on each.</summary>
public abstract class BlobSuite
{
    private protected static readonly UploadId Upload = new("upload-1");
    private protected static readonly byte[] Content = Random(200_000, seed: 5);
    private protected static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected ManualTime Time { get; } = new(Noon);

    [Fact]
    public async Task What_was_uploaded_in_parts_is_read_back_after_a_restart()
    {
        var store = Open();
        Assert.Equal(new(Upload, Content.Length, 0), await store.BeginUploadAsync(Upload, Content.Length, Token));
        Assert.Equal(70_000, (await WriteAsync(store, 0, 70_000)).DurableBytes);
        store = Open();
        Assert.Equal(new(Upload, Content.Length, 70_000), await store.FindUploadAsync(Upload, Token));
        Assert.Equal(70_000, (await store.BeginUploadAsync(Upload, Content.Length, Token)).DurableBytes);
        await WriteAsync(store, 70_000, Content.Length);
        var blob = await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
        Assert.Equal(new(HashOf(Content), Content.Length, Noon), blob);

        store = Open();
        Assert.Null(await store.FindUploadAsync(Upload, Token));
        Assert.Equal(blob, await store.FindAsync(blob.Hash, Token));
        Assert.Equal(Content, await ReadAsync(await store.OpenReadAsync(blob.Hash, null, Token)));
        Assert.Equal(Content, await ReadAsync(await store.OpenVerifiedAsync(blob.Hash, Token)));
        Assert.Equal([blob], await ListedAsync(store));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    public async Task A_blob_of_any_size_can_be_put_and_read(int size)
    {
        var store = Open();
        var content = Random(size, seed: 6);
        var blob = await store.PutAsync(new MemoryStream(content), Token);
        Assert.Equal(HashOf(content), blob.Hash);
        Assert.Equal(content, await ReadAsync(await store.OpenVerifiedAsync(blob.Hash, Token)));
        Assert.Equal(content, await ReadAsync(await store.OpenReadAsync(blob.Hash, new(0, size), Token)));
    }

    [Fact]
    public async Task The_same_content_twice_is_one_blob_and_young_again()
    {
        var store = Open();
        await store.PutAsync(new MemoryStream(Content), Token);
        Time.Advance(TimeSpan.FromHours(2));
        var again = await store.PutAsync(new MemoryStream(Content), Token);
        Assert.Equal(Noon.AddHours(2), again.StoredAt);
        Assert.Equal([again], await ListedAsync(store));
    }

    [Fact]
    public async Task A_completion_that_got_no_answer_can_be_asked_again()
    {
        var store = Open();
        await UploadedAsync(store);
        await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
        Time.Advance(TimeSpan.FromHours(2));
        var again = await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
        Assert.Equal(Noon.AddHours(2), again.StoredAt);
        await FailsAsync(BlobError.UploadNotFound, () => store.CompleteUploadAsync(
            Upload, HashOf([1]), cancellationToken: Token));
    }

    [Fact]
    public async Task Completions_of_the_same_content_at_once_are_harmless()
    {
        var store = Open();
        var uploads = Enumerable.Range(0, 8).Select(i => new UploadId($"same-{i}")).ToList();
        foreach (var upload in uploads) await UploadedAsync(store, upload);
        var blobs = await Task.WhenAll(uploads.Select(upload => Task.Run(
            () => store.CompleteUploadAsync(upload, HashOf(Content), cancellationToken: Token), Token)));
        Assert.All(blobs, blob => Assert.Equal(blobs[0], blob));
        Assert.Single(await ListedAsync(store));
    }

    [Fact]
    public async Task A_lost_connection_keeps_what_has_come()
    {
        var store = Open();
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        var error = await Assert.ThrowsAsync<IOException>(
            () => store.WriteAsync(Upload, 0, new BrokenStream(Content[..999]), Token));
        Assert.Equal("the connection is lost", error.Message);
        Assert.Equal(999, (await store.FindUploadAsync(Upload, Token))!.DurableBytes);
        await WriteAsync(store, 999, Content.Length);
        await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
    }

    [Fact]
    public async Task An_upload_has_one_writer_at_a_time_and_a_stuck_one_can_be_stopped()
    {
        var store = Open();
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        var content = new BrokenStream(Content[..999], never.Task);
        var stuck = store.WriteAsync(Upload, 0, content, stop.Token);
        await FailsAsync(BlobError.UploadBusy, () => WriteAsync(store, 0, 10));
        await FailsAsync(BlobError.UploadBusy, () => store.FindUploadAsync(Upload, Token));
        await FailsAsync(BlobError.UploadBusy, () => store.AbortUploadAsync(Upload, Token));
        Assert.Equal(0, await store.ExpireUploadsAsync(DateTimeOffset.MaxValue, Token));
        await content.Drained.Task.WaitAsync(Token);
        await stop.CancelAsync();
#pragma warning disable VSTHRD003 // Begun above; the test runs without a synchronization context.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
#pragma warning restore VSTHRD003
        await WriteAsync(store, 999, Content.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(101)]
    public async Task A_write_elsewhere_is_refused_with_the_place_to_go_on(int offset)
    {
        var store = Open();
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        await WriteAsync(store, 0, 100);
        var error = await FailsAsync(BlobError.WrongOffset, () => WriteAsync(store, offset, 200));
        Assert.Equal(100, error.DurableBytes);
    }

    [Fact]
    public async Task What_does_not_fit_the_declared_size_is_refused()
    {
        var store = Open();
        await FailsAsync(BlobError.TooLarge, () => store.BeginUploadAsync(Upload, LimitBytes + 1, Token));
        await FailsAsync(BlobError.UploadNotFound, () => WriteAsync(store, 0, 10));
        await store.BeginUploadAsync(Upload, 100, Token);
        await FailsAsync(BlobError.OtherSize, () => store.BeginUploadAsync(Upload, 101, Token));
        await FailsAsync(BlobError.ContentTooLong, () => WriteAsync(store, 0, 101));
        await WriteAsync(store, 0, 99);
        var error = await FailsAsync(BlobError.Incomplete, () => store.CompleteUploadAsync(
            Upload, HashOf(Content[..100]), cancellationToken: Token));
        Assert.Equal(99, error.DurableBytes);
        await FailsAsync(BlobError.ContentTooLong, () => WriteAsync(store, 99, 101));
        await WriteAsync(store, 99, 100);
        await store.CompleteUploadAsync(Upload, HashOf(Content[..100]), cancellationToken: Token);
    }

    [Fact]
    public async Task Content_of_another_hash_is_refused_and_the_upload_begins_anew()
    {
        var store = Open();
        await UploadedAsync(store);
        await FailsAsync(BlobError.HashMismatch, () => store.CompleteUploadAsync(
            Upload, HashOf([1]), cancellationToken: Token));
        Assert.Empty(await ListedAsync(store));
        Assert.Equal(0, (await store.BeginUploadAsync(Upload, Content.Length, Token)).DurableBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public async Task An_inspection_sees_the_content_and_the_rest_is_hashed_all_the_same(int bytes)
    {
        var store = Open();
        await UploadedAsync(store);
        var seen = new MemoryStream();
        await store.CompleteUploadAsync(
            Upload,
            HashOf(Content),
            async (content, token) =>
            {
                var buffer = new byte[Math.Min(bytes, Content.Length + 1)];
                var read = await content.ReadAtLeastAsync(buffer, buffer.Length, false, token);
                await seen.WriteAsync(buffer.AsMemory(0, read), token);
                await content.DisposeAsync();
            },
            Token);
        Assert.Equal(Content[..Math.Min(bytes, Content.Length)], seen.ToArray());
    }

    [Fact]
    public async Task What_an_inspection_throws_ends_the_call_and_the_upload_stays()
    {
        var store = Open();
        await UploadedAsync(store);
        await Assert.ThrowsAsync<FormatException>(() => store.CompleteUploadAsync(
            Upload, HashOf(Content), (_, _) => throw new FormatException(), Token));
        Assert.Empty(await ListedAsync(store));
        await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
    }

    [Theory]
    [InlineData(0, 200_000)]
    [InlineData(199_999, 1)]
    [InlineData(200_000, 0)]
    [InlineData(70_000, 65_537)]
    public async Task A_range_is_read_exactly(long offset, long length)
    {
        var store = Open();
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        var part = await ReadAsync(await store.OpenReadAsync(blob.Hash, new(offset, length), Token));
        Assert.Equal(Content.AsSpan((int)offset, (int)length).ToArray(), part);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(200_001, 0)]
    [InlineData(1, 200_000)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(1, long.MaxValue)]
    public async Task A_range_beyond_the_blob_is_refused(long offset, long length)
    {
        var store = Open();
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        await FailsAsync(BlobError.BadRange, () => store.OpenReadAsync(blob.Hash, new(offset, length), Token));
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_told()
    {
        var store = Open();
        Assert.Null(await store.FindAsync(HashOf(Content), Token));
        Assert.False(await store.DeleteAsync(HashOf(Content), DateTimeOffset.MaxValue, Token));
        await FailsAsync(BlobError.BlobNotFound, () => store.OpenReadAsync(HashOf(Content), null, Token));
        await FailsAsync(BlobError.BlobNotFound, () => store.OpenVerifiedAsync(HashOf(Content), Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(199_999)]
    public async Task A_flipped_bit_is_found_at_the_end_of_a_verified_read_and_mended_by_storing_again(int place)
    {
        var store = Open();
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        await DamageAsync(blob.Hash, place);
        await FailsAsync(
            BlobError.Damaged, async () => await ReadAsync(await store.OpenVerifiedAsync(blob.Hash, Token)));
        await store.PutAsync(new MemoryStream(Content), Token);
        Assert.Equal(Content, await ReadAsync(await store.OpenVerifiedAsync(blob.Hash, Token)));
    }

    [Fact]
    public async Task Deleting_spares_what_was_stored_since()
    {
        var store = Open();
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        Assert.False(await store.DeleteAsync(blob.Hash, Noon, Token));
        Assert.NotNull(await store.FindAsync(blob.Hash, Token));
        Assert.True(await store.DeleteAsync(blob.Hash, Noon.AddSeconds(1), Token));
        Assert.Null(await store.FindAsync(blob.Hash, Token));
    }

    [Fact]
    public async Task An_upload_can_be_dropped_and_expires()
    {
        var store = Open();
        await store.AbortUploadAsync(Upload, Token);
        await UploadedAsync(store);
        await store.AbortUploadAsync(Upload, Token);
        Assert.Null(await store.FindUploadAsync(Upload, Token));
        await UploadedAsync(store);
        Assert.Equal(0, await store.ExpireUploadsAsync(DateTimeOffset.UtcNow.AddHours(-1), Token));
        Assert.NotNull(await store.FindUploadAsync(Upload, Token));
        Assert.Equal(1, await store.ExpireUploadsAsync(DateTimeOffset.UtcNow.AddHours(1), Token));
        await FailsAsync(BlobError.UploadNotFound, () => WriteAsync(store, Content.Length, Content.Length));
    }

    private protected const long LimitBytes = 1 << 20;

    /// <summary>Opens the store of this test, the same one each time, with <see cref="LimitBytes"/>.</summary>
    private protected abstract IBlobStore Open();

    /// <summary>Flips a bit of a stored blob.</summary>
    private protected abstract Task DamageAsync(BlobHash hash, int place);

    private protected static BlobHash HashOf(byte[] content) => BlobHash.Of(SHA256.HashData(content));

    private protected static byte[] Random(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private protected static async Task<BlobException> FailsAsync(BlobError expected, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<BlobException>(call);
        Assert.Equal(expected, error.Error);
        return error;
    }

    private protected static async Task UploadedAsync(IBlobStore store, UploadId? upload = null)
    {
        await store.BeginUploadAsync(upload ?? Upload, Content.Length, Token);
        await store.WriteAsync(upload ?? Upload, 0, new MemoryStream(Content), Token);
    }

    private protected static async Task<List<StoredBlob>> ListedAsync(IBlobStore store)
    {
        var blobs = new List<StoredBlob>();
        await foreach (var blob in store.ListAsync(Token)) blobs.Add(blob);
        return blobs;
    }

    private protected static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using var content = stream;
        var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    /// <summary>Writes the content from <paramref name="offset"/> to <paramref name="end"/>.</summary>
    private static Task<UploadStatus> WriteAsync(IBlobStore store, int offset, int end) =>
        store.WriteAsync(Upload, offset, new MemoryStream(Content[offset..end]), Token);
}
