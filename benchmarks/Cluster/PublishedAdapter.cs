using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>Whether two rounds have published the same adapter, though their runs have different names.</summary>
internal static class PublishedAdapter
{
    /// <summary>Hash of the names of its parts.</summary>
    /// <param name="blobs">Where it is.</param>
    /// <param name="manifest">Of the checkpoint.</param>
    public static async Task<string> HashAsync(IBlobStore blobs, BlobHash manifest)
    {
        var parts = (await new CheckpointReader(blobs).ReadManifestAsync(manifest)).Parts;
        return BlobHash.Of(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join(' ', parts)))).ToString();
    }
}
