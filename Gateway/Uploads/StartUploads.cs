using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Uploads;

/// <summary>Adapters to start runs from, sent by people.</summary>
internal sealed class StartUploads(UploadDesk desk, IBlobStore blobs, GatewayOptions options)
{
    private const string Purpose = "start";

    public async Task<IResult> OfferAsync(UploadOffer offer, string person, CancellationToken cancellationToken)
    {
        if (offer.Bytes < 1 || offer.Bytes > options.Limits.StartBytesMax)
        {
            return new Refused(400, "malformed", string.Create(
                CultureInfo.InvariantCulture,
                $"bytes is {offer.Bytes}; it must be between 1 and {options.Limits.StartBytesMax}"));
        }

        if (offer.Weight != 1) return new Refused(400, "malformed", "weight is for updates; leave it out");
        var status = await desk.BeginAsync(IdOf(person, offer.Hash), Sender(person), offer.Bytes, cancellationToken);
        return UploadDesk.Progress(status.DurableBytes);
    }

    public Task<IResult> AppendAsync(HttpContext http, string person, BlobHash hash) =>
        desk.AppendAsync(http, IdOf(person, hash), Sender(person));

    /// <summary>
    /// Makes it a blob. A person may name any blob as a start, so one that is there already, whoever sent it, is as
    /// good.
    /// </summary>
    public async Task<IResult> CompleteAsync(string person, BlobHash hash, CancellationToken cancellationToken)
    {
        var id = IdOf(person, hash);
        try
        {
            var refused = await desk.CompleteAsync(
                id, Sender(person), hash, AdapterFile.ReadShapeAsync, cancellationToken);
            if (refused is not null) return refused;
        }
        catch (CheckpointException fault)
        {
            await desk.DropAsync(id, CancellationToken.None);
            return new Refused(422, "bad-adapter", fault.Message);
        }

        return await blobs.FindAsync(hash, cancellationToken) is { } blob
            ? UploadDesk.Progress(blob.SizeBytes)
            : Refusals.UploadNotFound;
    }

    // A person and an agent of one name are two.
    private static string Sender(string person) => $"person {person}";

    private static UploadId IdOf(string person, BlobHash hash) => UploadDesk.IdOf(Purpose, person, hash);
}
