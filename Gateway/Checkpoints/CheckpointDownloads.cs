using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace FedLowRank.Gateway.Checkpoints;

/// <summary>
/// A run's checkpoints: manifest, signature and parts, each by ranges. A blob is reached only as part of a checkpoint
/// that the run has, never by its own hash; so updates are not reached at all.
/// </summary>
internal sealed class CheckpointDownloads(IFederation federation, IBlobStore blobs)
{
    public async Task<IResult> ManifestAsync(RunId run, BlobHash manifest, CancellationToken cancellationToken) =>
        await federation.Runs.FindCheckpointAsync(run, manifest, cancellationToken) is null
            ? Refusals.CheckpointNotFound(run, manifest)
            : await SendAsync(manifest, "application/json", cancellationToken);

    public async Task<IResult> SignatureAsync(RunId run, BlobHash manifest, CancellationToken cancellationToken) =>
        await federation.Runs.FindCheckpointAsync(run, manifest, cancellationToken) is { } signed
            ? TypedResults.Json(signed, WireJson.Default.SignedCheckpoint)
            : Refusals.CheckpointNotFound(run, manifest);

    public async Task<IResult> PartAsync(
        RunId run, BlobHash manifest, string index, CancellationToken cancellationToken)
    {
        if (await federation.Runs.FindCheckpointAsync(run, manifest, cancellationToken) is null ||
            await blobs.FindAsync(manifest, cancellationToken) is null)
            return Refusals.CheckpointNotFound(run, manifest);
        var parts = (await new CheckpointReader(blobs).ReadManifestAsync(manifest, cancellationToken)).Parts;
        return int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < parts.Count
            ? await SendAsync(parts[i], "application/octet-stream", cancellationToken)
            : new Refused(
                404, "part-not-found",
                string.Create(CultureInfo.InvariantCulture, $"the checkpoint has parts 0 to {parts.Count - 1}"));
    }

    private async Task<IResult> SendAsync(BlobHash blob, string mediaType, CancellationToken cancellationToken) =>
        TypedResults.Stream(
            await blobs.OpenReadAsync(blob, null, cancellationToken), mediaType,
            entityTag: new EntityTagHeaderValue($"\"{blob}\""), enableRangeProcessing: true);
}
