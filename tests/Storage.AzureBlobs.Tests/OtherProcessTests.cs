using System.Security.Cryptography;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.AzureBlobs;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Tests.Storage.Blobs;

namespace FedLowRank.Storage.AzureBlobs.Tests;

/// <summary>
/// Goal: whatever one process suffers, another goes on from what is durable, and never spoils it. Method: stores of
/// their own on one container; one is killed before or after each of its requests, sleeps through its lease, or loses
/// its connection.
/// </summary>
public sealed class OtherProcessTests(Azurite azure) : IAsyncLifetime
{
    private const int PieceBytes = 64 << 10;

    private static readonly UploadId Upload = new("upload-1");
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(200_000);
    private static readonly BlobHash Hash = BlobHash.Of(SHA256.HashData(Content));

    private string container = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Azurite.Require();
        await MakeContainerAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_kill_at_any_request_leaves_the_old_state_or_the_new_one(bool isAnswered, bool isThereAlready)
    {
        var (isDone, killedAt) = (false, 0);
        for (; !isDone; killedAt++)
        {
            await MakeContainerAsync();
            if (isThereAlready) await Open().PutAsync(new MemoryStream(Content), Token);
            isDone = await RunUntilKilledAsync(killedAt, isAnswered);
            await EndLeaseAsync();

            // The blob is whole or not there at all, and the upload goes on from where it is.
            var after = Open();
            var listed = await ListedAsync(after);
            foreach (var blob in listed) await RequireContentAsync(after, blob.Hash);
            Assert.True(listed.Count == 1 || (!isDone && !isThereAlready && listed.Count == 0));
            var status = await after.BeginUploadAsync(Upload, Content.Length, Token);
            Assert.Equal(status, await after.FindUploadAsync(Upload, Token));
            await after.WriteAsync(
                Upload, status.DurableBytes, new MemoryStream(Content[(int)status.DurableBytes..]), Token);
            var completed = await after.CompleteUploadAsync(Upload, Hash, cancellationToken: Token);
            await RequireContentAsync(after, completed.Hash);
            Assert.Single(await ListedAsync(after));
            Assert.Null(await after.FindUploadAsync(Upload, Token));
        }

        Assert.True(killedAt > 20, $"only {killedAt} requests");
    }

    [Fact]
    public async Task What_a_killed_process_has_staged_counts_as_soon_as_its_lease_has_run_out()
    {
        var store = Open();
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        await UploadBlob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(15), cancellationToken: Token);
        UploadStatus? status = null;
        for (var tries = 0; status is null && tries < 600; tries++)
        {
            try
            {
                status = await store.FindUploadAsync(Upload, Token);
            }
            catch (BlobException error) when (error.Error == BlobError.UploadBusy)
            {
                await Task.Delay(100, Token);
            }
        }

        Assert.Equal(0, status!.DurableBytes);
        await FinishAsync(store);
    }

    [Fact]
    public async Task A_process_that_slept_through_its_lease_cannot_write_any_more()
    {
        var (sleeper, other) = (Open(), Open());
        await sleeper.BeginUploadAsync(Upload, Content.Length, Token);
        var goOn = new TaskCompletionSource();
        var content = new BrokenStream(Content[..(PieceBytes + 5)], goOn.Task);
        var sleeping = sleeper.WriteAsync(Upload, 0, content, Token);
        await content.Drained.Task.WaitAsync(Token);
        await EndLeaseAsync();
        var status = await other.FindUploadAsync(Upload, Token);
        Assert.Equal(PieceBytes, status!.DurableBytes);
        await other.WriteAsync(Upload, PieceBytes, new MemoryStream(Content[PieceBytes..100_000]), Token);
        goOn.SetResult();
#pragma warning disable VSTHRD003 // Begun above; the test runs without a synchronization context.
        var error = await Assert.ThrowsAsync<BlobException>(() => sleeping);
#pragma warning restore VSTHRD003
        Assert.Equal(BlobError.UploadBusy, error.Error);
        Assert.Equal(100_000, (await other.FindUploadAsync(Upload, Token))!.DurableBytes);
        await FinishAsync(other);
    }

    [Fact]
    public async Task Of_many_processes_one_writes_and_the_others_are_told()
    {
        var stores = Enumerable.Range(0, 6).Select(_ => Open()).ToList();
        await stores[0].BeginUploadAsync(Upload, Content.Length, Token);
        var outcomes = await Task.WhenAll(stores.Select(store => OutcomeAsync(
            () => store.WriteAsync(Upload, 0, new MemoryStream(Content), Token))));
        Assert.Single(outcomes, outcome => outcome is null);
        Assert.All(
            outcomes.OfType<BlobError>(),
            outcome => Assert.True(outcome is BlobError.UploadBusy or BlobError.WrongOffset, $"{outcome}"));
        outcomes = await Task.WhenAll(stores.Select(store => OutcomeAsync(
            () => store.CompleteUploadAsync(Upload, Hash, cancellationToken: Token))));
        Assert.Contains(null, outcomes);
        Assert.All(outcomes.OfType<BlobError>(), outcome => Assert.Equal(BlobError.UploadBusy, outcome));
        await RequireContentAsync(stores[0], Hash);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_once_at_any_request_is_not_noticed(bool isAnswered)
    {
        var (isDone, brokenAt) = (false, 0);
        for (; !isDone; brokenAt++)
        {
            await MakeContainerAsync();
            var (wire, count) = (new Wire(), 0);
            Task BreakOnceAsync(Request _) => count++ == brokenAt ? throw Wire.Lost() : Task.CompletedTask;
            if (isAnswered) wire.After = BreakOnceAsync;
            else wire.Before = BreakOnceAsync;
            var store = Open(wire);
            await UploadAsync(store);
            Assert.Equal(Content.Length, (await store.FindAsync(Hash, Token))!.SizeBytes);
            await RequireContentAsync(Open(), Hash);
            isDone = count <= brokenAt;
        }

        Assert.True(brokenAt > 20, $"only {brokenAt} requests");
    }

    [Fact]
    public async Task A_connection_that_stays_broken_is_told_and_the_upload_goes_on_from_what_is_durable()
    {
        var (wire, blocks) = (new Wire(), 0);
        var store = Open(wire);
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        wire.Before = request => request.Uri.Query.Contains("comp=block&", StringComparison.Ordinal) && ++blocks > 2
            ? throw Wire.Lost()
            : Task.CompletedTask;
        var error = await Assert.ThrowsAsync<BlobException>(
            () => store.WriteAsync(Upload, 0, new MemoryStream(Content), Token));
        Assert.Equal(BlobError.Unavailable, error.Error);
        Assert.Equal(2 + 3, blocks);
        Assert.Equal(2 * PieceBytes, (await store.FindUploadAsync(Upload, Token))!.DurableBytes);
        wire.Before = _ => Task.CompletedTask;
        await FinishAsync(store);
    }

    [Fact]
    public async Task Where_Azure_is_not_reached_every_call_says_so()
    {
        var wire = new Wire();
        var store = Open(wire);
        await store.PutAsync(new MemoryStream(Content), Token);
        await using var stream = await store.OpenReadAsync(Hash, null, Token);
        wire.Before = _ => throw Wire.Lost();
        var calls = new List<Func<Task>>
        {
            () => store.BeginUploadAsync(Upload, 1, Token),
            () => store.FindUploadAsync(Upload, Token),
            () => store.WriteAsync(Upload, 0, new MemoryStream(Content), Token),
            () => store.CompleteUploadAsync(Upload, Hash, cancellationToken: Token),
            () => store.AbortUploadAsync(Upload, Token),
            () => store.ExpireUploadsAsync(DateTimeOffset.MaxValue, Token),
            () => store.FindAsync(Hash, Token),
            () => store.OpenReadAsync(Hash, null, Token),
            () => store.DeleteAsync(Hash, DateTimeOffset.MaxValue, Token),
            () => ListedAsync(store),
        };
        foreach (var call in calls) Assert.Equal(BlobError.Unavailable, await OutcomeAsync(call));
        await Assert.ThrowsAnyAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[9], Token));
    }

    /// <summary>Uploads in two writes; true where it got to the end.</summary>
    private async Task<bool> RunUntilKilledAsync(int killedAt, bool isAnswered)
    {
        var (wire, count) = (new Wire(), 0);
        Task KillAsync(Request _) => count++ >= killedAt ? throw new Wire.Killed() : Task.CompletedTask;
        if (isAnswered) wire.After = KillAsync;
        else wire.Before = KillAsync;
        try
        {
            await UploadAsync(Open(wire));
            return true;
        }
        catch (Wire.Killed)
        {
            return false;
        }
    }

    private static async Task UploadAsync(AzureBlobStore store)
    {
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        await store.WriteAsync(Upload, 0, new MemoryStream(Content[..100_000]), Token);
        await store.WriteAsync(Upload, 100_000, new MemoryStream(Content[100_000..]), Token);
        await store.CompleteUploadAsync(Upload, Hash, cancellationToken: Token);
    }

    private static async Task FinishAsync(AzureBlobStore store)
    {
        var status = await store.FindUploadAsync(Upload, Token);
        await store.WriteAsync(
            Upload, status!.DurableBytes, new MemoryStream(Content[(int)status.DurableBytes..]), Token);
        await store.CompleteUploadAsync(Upload, Hash, cancellationToken: Token);
        await RequireContentAsync(store, Hash);
    }

    private static async Task<BlobError?> OutcomeAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (BlobException error)
        {
            return error.Error;
        }
    }

    private static async Task RequireContentAsync(AzureBlobStore store, BlobHash hash)
    {
        var bytes = new MemoryStream();
        await using var stream = await store.OpenVerifiedAsync(hash, Token);
        await stream.CopyToAsync(bytes, Token);
        Assert.Equal(Content, bytes.ToArray());
    }

    private static async Task<List<StoredBlob>> ListedAsync(AzureBlobStore store)
    {
        var blobs = new List<StoredBlob>();
        await foreach (var blob in store.ListAsync(Token)) blobs.Add(blob);
        return blobs;
    }

    private async Task MakeContainerAsync()
    {
        container = $"test-{Guid.NewGuid():N}";
        await azure.Container(container).CreateAsync(cancellationToken: Token);
    }

    /// <summary>As when the time of the lease has passed.</summary>
    private async Task EndLeaseAsync()
    {
        try
        {
            await UploadBlob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: Token);
        }
        catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.BlobNotFound ||
            error.ErrorCode == BlobErrorCode.LeaseNotPresentWithLeaseOperation)
        {
        }
    }

    private BlockBlobClient UploadBlob => azure.Container(container).GetBlockBlobClient($"uploads/{Upload}");

    private AzureBlobStore Open(Wire? wire = null) => new(
        azure.Container(container, wire?.Options()), new() { BlobBytesMax = 1 << 20 }, TimeProvider.System, PieceBytes);
}
