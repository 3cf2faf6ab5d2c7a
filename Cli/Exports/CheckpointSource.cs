using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Exports;

/// <summary>
/// A checkpoint on a server, believed only where the authority's signature, and the hash of every byte, say so.
/// </summary>
internal sealed class CheckpointSource
{
    private readonly AdminClient client;
    private readonly string address;

    private CheckpointSource(AdminClient client, SignedCheckpoint signed, string address) =>
        (this.client, Signed, this.address) = (client, signed, address);

    /// <summary>The authority's word.</summary>
    public SignedCheckpoint Signed { get; }

    /// <summary>Asks for the authority's word on a checkpoint.</summary>
    /// <exception cref="AdminException">It cannot be had, or it is not the authority's.</exception>
    public static async Task<CheckpointSource> FindAsync(
        AdminClient client, RunId run, BlobHash manifest, CancellationToken cancellationToken)
    {
        var place = Routes.RunCheckpoint(run, manifest);
        var signed = await client.GetAsync(
            $"{place}/signature", WireJson.Default.SignedCheckpoint, cancellationToken);
        if (signed.Manifest != manifest || !CheckpointSignatures.IsGenuine(signed, client.Authority))
        {
            throw AdminException.Unsound(
                "bad-signature", $"checkpoint {manifest} of {run} is not signed by the authority of the profile");
        }

        return new(client, signed, place);
    }

    /// <summary>Reads the manifest, and opens what reads its parts; both check every byte against its hash.</summary>
    /// <exception cref="CheckpointException">A byte of the manifest is not what it must be.</exception>
    public async Task<(CheckpointManifest Manifest, CheckpointReader Parts)> ReadAsync(
        CancellationToken cancellationToken)
    {
        var parts = new Dictionary<BlobHash, int>();
        var reader = new CheckpointReader((hash, token) => client.OpenAsync(
            hash == Signed.Manifest ? address : $"{address}/parts/{parts[hash]}", token));
        var manifest = await reader.ReadManifestAsync(Signed.Manifest, cancellationToken);
        foreach (var (index, part) in manifest.Parts.Index()) parts.TryAdd(part, index);
        return (manifest, reader);
    }
}
