using System.IO.Pipelines;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>Stores what is being made without holding it in memory.</summary>
internal static class StreamedBlobs
{
    private static readonly PipeOptions Options = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19);

    /// <summary>Stores what <paramref name="write"/> writes.</summary>
    /// <param name="blobs">Where to.</param>
    /// <param name="sizeBytes">How much that is.</param>
    /// <param name="write">Runs on another thread. What it throws ends the call.</param>
    /// <param name="cancellationToken">Stops; a rest of the upload expires.</param>
    public static async Task<BlobHash> PutAsync(
        this IBlobStore blobs, long sizeBytes, Action<Stream> write, CancellationToken cancellationToken)
    {
        var upload = new UploadId($"work-{Guid.NewGuid():N}");
        await blobs.BeginUploadAsync(upload, sizeBytes, cancellationToken);
        var pipe = new Pipe(Options);
        var writing = Task.Run(() => Write(pipe.Writer, write), CancellationToken.None);
        BlobHash hash;
        try
        {
            await using var content = new HashingStream(pipe.Reader.AsStream());
            await blobs.WriteAsync(upload, 0, content, cancellationToken);
            hash = content.Hash;
        }
        finally
        {
            // Nobody reads any more, so that a writer that has not finished does so without waiting.
            await writing;
        }

        return (await blobs.CompleteUploadAsync(upload, hash, null, cancellationToken)).Hash;
    }

    private static void Write(PipeWriter pipe, Action<Stream> write)
    {
        Exception? fault = null;
        try
        {
            using var target = pipe.AsStream(leaveOpen: true);
            write(target);
        }
        catch (Exception error)
        {
            fault = error;
        }

        // The reader throws the fault.
        pipe.Complete(fault);
    }
}
