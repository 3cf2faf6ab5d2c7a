using System.Security.Cryptography;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>The one stored form of manifests: UTF-8 JSON, members in the order of the types, no white space.</summary>
public static class ManifestJson
{
    /// <summary>
    /// Version of the form. Any change of it takes the next number, but for a member that may be absent and is written
    /// only where it says something: a manifest of before then still comes out of a replay with its own hash, and an
    /// older build that meets the member refuses it by name, as it would another version.
    /// </summary>
    public const int Schema = 1;

    /// <summary>Writes a manifest; the same manifest gives the same bytes.</summary>
    public static byte[] Write(CheckpointManifest manifest) =>
        VersionedJson.Write(Schema, manifest, CheckpointJsonContext.Default.VersionedCheckpointManifest);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="CheckpointException">Not JSON, of another version, or not of the form.</exception>
    public static CheckpointManifest Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return VersionedJson.Read(Schema, json, CheckpointJsonContext.Default.VersionedCheckpointManifest);
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"a manifest cannot be read: {error.Message}", error);
        }
    }

    /// <summary>SHA-256 of a manifest's stored form.</summary>
    public static BlobHash HashOf(ReadOnlySpan<byte> json) => BlobHash.Of(SHA256.HashData(json));
}
