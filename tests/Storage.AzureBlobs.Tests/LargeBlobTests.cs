using System.Diagnostics;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.AzureBlobs;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Storage.AzureBlobs.Tests;

/// <summary>Goal: no blob is ever in memory. Method: 300 MB in, through and out, while the heap is watched.</summary>
public sealed class LargeBlobTests(Azurite azure, ITestOutputHelper output)
{
    private const long SizeBytes = 300_000_000;
    private const long HeapBytesMax = 48 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_blob_of_300_MB_goes_through_a_small_memory()
    {
        Azurite.Require();
        var client = azure.Container($"test-{Guid.NewGuid():N}", AzureBlobStore.ClientOptions());
        var store = await AzureBlobStore.OpenAsync(client, cancellationToken: Token);
        var upload = new UploadId("large");
        var content = new Counted();
        var hash = BlobHash.Of(await SHA256.HashDataAsync(content, Token));
        await store.BeginUploadAsync(upload, SizeBytes, Token);
        var watched = new Counted();
        await TimedAsync("written", () => store.WriteAsync(upload, 0, watched, Token));
        await TimedAsync("completed", () => store.CompleteUploadAsync(upload, hash, cancellationToken: Token));
        await using var stream = await store.OpenVerifiedAsync(hash, Token);
        await TimedAsync("read", () => stream.CopyToAsync(Stream.Null, Token));
    }

    private async Task TimedAsync(string what, Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        var (done, before, most) = (work(), GC.GetTotalMemory(forceFullCollection: true), 0L);
        while (await Task.WhenAny(done, Task.Delay(20, Token)) != done)
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before);
#pragma warning disable VSTHRD003 // Begun above; the test runs without a synchronization context.
        await done;
#pragma warning restore VSTHRD003
        output.WriteLine($"{what}: {SizeBytes / 1e6 / clock.Elapsed.TotalSeconds:0} MB/s, heap +{most >> 20} MiB");
        Assert.InRange(most, 0, HeapBytesMax);
    }

    /// <summary>300 MB of which no two blocks are alike.</summary>
    private sealed class Counted : Stream
    {
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => SizeBytes;

        public override long Position { get => position; set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, SizeBytes - position);
            for (var i = 0; i < count; i++) buffer[i] = (byte)((position + i) * 2_654_435_761 >> 24);
            position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
