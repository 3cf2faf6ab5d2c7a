namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>What a blob store takes.</summary>
public sealed record BlobLimits
{
    /// <summary>Most bytes of a blob.</summary>
    public long BlobBytesMax { get; init; } = 16L << 30;
}
