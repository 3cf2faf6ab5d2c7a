using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>A store that counts the bytes that are read through it.</summary>
internal sealed class MeasuredBlobs(IBlobStore inner) : IBlobStore
{
    private long bytesRead;

    /// <summary>Bytes read so far, of all blobs together.</summary>
    public long BytesRead => Interlocked.Read(ref bytesRead);

    public async Task<Stream> OpenReadAsync(
        BlobHash hash, BlobRange? range = null, CancellationToken cancellationToken = default) =>
        new Measured(await inner.OpenReadAsync(hash, range, cancellationToken), this);

    public Task<UploadStatus> BeginUploadAsync(
        UploadId id, long sizeBytes, CancellationToken cancellationToken = default) =>
        inner.BeginUploadAsync(id, sizeBytes, cancellationToken);

    public Task<UploadStatus?> FindUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        inner.FindUploadAsync(id, cancellationToken);

    public Task<UploadStatus> WriteAsync(
        UploadId id, long offset, Stream content, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(id, offset, content, cancellationToken);

    public Task<StoredBlob> CompleteUploadAsync(
        UploadId id, BlobHash expected, Func<Stream, CancellationToken, Task>? inspect = null,
        CancellationToken cancellationToken = default) =>
        inner.CompleteUploadAsync(id, expected, inspect, cancellationToken);

    public Task AbortUploadAsync(UploadId id, CancellationToken cancellationToken = default) =>
        inner.AbortUploadAsync(id, cancellationToken);

    public Task<int> ExpireUploadsAsync(DateTimeOffset since, CancellationToken cancellationToken = default) =>
        inner.ExpireUploadsAsync(since, cancellationToken);

    public Task<StoredBlob?> FindAsync(BlobHash hash, CancellationToken cancellationToken = default) =>
        inner.FindAsync(hash, cancellationToken);

    public Task<bool> DeleteAsync(
        BlobHash hash, DateTimeOffset storedBefore, CancellationToken cancellationToken = default) =>
        inner.DeleteAsync(hash, storedBefore, cancellationToken);

    public IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellationToken = default) =>
        inner.ListAsync(cancellationToken);

    /// <summary>Seeks where the other does, as headers are checked against the length of their file.</summary>
    private sealed class Measured(Stream inner, MeasuredBlobs owner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override int Read(Span<byte> buffer) => Count(inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private int Count(int bytes)
        {
            Interlocked.Add(ref owner.bytesRead, bytes);
            return bytes;
        }
    }
}
