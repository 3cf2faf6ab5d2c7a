namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>A part of a blob.</summary>
/// <param name="Offset">First byte, from 0.</param>
/// <param name="Length">Number of bytes.</param>
public readonly record struct BlobRange(long Offset, long Length)
{
    internal bool IsWithin(long sizeBytes) => Offset >= 0 && Length >= 0 && Offset <= sizeBytes - Length;
}
