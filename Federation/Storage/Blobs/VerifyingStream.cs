using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>Throws at its end where what was read is not what the hash says.</summary>
internal sealed class VerifyingStream(Stream inner, BlobHash expected) : HashingStream(inner)
{
    protected override void OnRead(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        base.OnRead(bytes, isEnd);
        if (!isEnd || Hash == expected) return;
        throw new BlobException(BlobError.Damaged, $"the blob {expected} is damaged: its bytes have the hash {Hash}");
    }
}
