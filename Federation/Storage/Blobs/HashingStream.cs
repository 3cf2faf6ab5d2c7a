using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>Computes the SHA-256 of what is read through it.</summary>
internal class HashingStream(Stream inner, bool leavesOpen = false) : ForwardStream(inner, leavesOpen)
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Of what was read so far.</summary>
    public BlobHash Hash => BlobHash.Of(hash.GetCurrentHash());

    protected override void OnRead(ReadOnlySpan<byte> bytes, bool isEnd) => hash.AppendData(bytes);

    protected override void Dispose(bool disposing)
    {
        if (disposing) hash.Dispose();
        base.Dispose(disposing);
    }
}
