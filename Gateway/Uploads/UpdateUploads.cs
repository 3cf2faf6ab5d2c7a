using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Uploads;

/// <summary>Updates of agents, from the offer to the receipt. All of it can be asked again at any time.</summary>
/// <remarks>
/// Nothing that a later step needs is in memory only: a server may be killed, or another one be asked, between any two.
/// </remarks>
internal sealed class UpdateUploads(
    IFederation federation, IBlobStore blobs, UploadDesk desk, UpdateForms forms, GatewayOptions options,
    TimeProvider time)
{
    private const string Purpose = "update";

    /// <summary>An agent offers an update.</summary>
    public async Task<IResult> OfferAsync(
        RunId run, RoundId id, AgentId agent, UploadOffer offer, CancellationToken cancellationToken)
    {
        if (await federation.Runs.FindAsync(run, cancellationToken) is not { } state) return Refusals.RunNotFound(run);
        if (offer.Weight is < 1 or > ExactSum.WeightMax)
        {
            return Bad(string.Create(
                CultureInfo.InvariantCulture,
                $"weight is {offer.Weight}; it must be between 1 and {ExactSum.WeightMax}"));
        }

        switch (UpdatePlace.Of(state, id, agent, offer.Hash))
        {
            case UpdatePlace.Delivered { Receipt: var receipt }:
                return UploadDesk.Progress(receipt.Bytes, receipt);
            case UpdatePlace.Unwanted { Refusal: var refusal }:
                return Refusals.Of(refusal);
            case UpdatePlace.Closed:
                return await TellLateAsync(state, id, agent, offer, cancellationToken);
            case UpdatePlace.Open { Round: var round }:
                var form = await forms.OfAsync(state, round, cancellationToken);
                if (SizeProblem(offer.Bytes, form.Bytes, state.Plan.Round.UpdateBytesMax) is { } problem)
                    return Bad(problem);
                var upload = IdOf(run, id, agent, offer.Hash);
                await DeclareAsync(upload, offer.Weight, cancellationToken);
                var status = await desk.BeginAsync(upload, agent.Value, offer.Bytes, cancellationToken);
                var link = state.Plan.Policy.DirectUploads
                    ? await LinkAsync(status, cancellationToken)
                    : null;
                return UploadDesk.Progress(status.DurableBytes, link: link);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>An agent sends the next bytes.</summary>
    public async Task<IResult> AppendAsync(HttpContext http, RunId run, RoundId id, AgentId agent, BlobHash hash)
    {
        if (await federation.Runs.FindAsync(run, http.RequestAborted) is not { } state)
            return Refusals.RunNotFound(run);
        return UpdatePlace.Of(state, id, agent, hash) switch
        {
            UpdatePlace.Delivered { Receipt: var receipt } => UploadDesk.Progress(receipt.Bytes, receipt),
            UpdatePlace.Unwanted { Refusal: var refusal } => Refusals.Of(refusal),
            UpdatePlace.Closed => await TellLateAsync(state, id, agent, hash, http.RequestAborted),
            UpdatePlace.Open => await desk.AppendAsync(http, IdOf(run, id, agent, hash), agent.Value),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>An agent has sent all.</summary>
    public async Task<IResult> CompleteAsync(
        RunId run, RoundId id, AgentId agent, BlobHash hash, CancellationToken cancellationToken)
    {
        if (await federation.Runs.FindAsync(run, cancellationToken) is not { } state) return Refusals.RunNotFound(run);
        switch (UpdatePlace.Of(state, id, agent, hash))
        {
            case UpdatePlace.Delivered { Receipt: var receipt }:
                return UploadDesk.Progress(receipt.Bytes, receipt);
            case UpdatePlace.Unwanted { Refusal: var refusal }:
                return Refusals.Of(refusal);
            case UpdatePlace.Closed:
                return await TellLateAsync(state, id, agent, hash, cancellationToken);
            case UpdatePlace.Open { Round: var round }:
                return await CompleteAsync(state, round, id, agent, hash, cancellationToken);
            default:
                throw new UnreachableException();
        }
    }

    private async Task<IResult> CompleteAsync(
        RunState state, RoundState round, RoundId id, AgentId agent, BlobHash hash, CancellationToken cancellationToken)
    {
        var upload = IdOf(state.Id, id, agent, hash);
        if (await DeclaredAsync(upload, cancellationToken) is not { } weight) return Refusals.UploadNotFound;
        var form = await forms.OfAsync(state, round, cancellationToken);
        var isPrivate = state.Plan.Round.Privacy is not null;

        // The store answers well where the blob is there and no such upload is: for whoever it was that sent it,
        // perhaps another agent. So an update counts only where this very call has read the bytes of an upload that
        // the agent itself has sent, by its name in the upload's. An agent whose server was killed after the blob was
        // made, and before the run knew of it, sends it again. None of this is in memory.
        ScreenedUpdate? seen = null;
        var refused = await desk.CompleteAsync(
            upload, agent.Value, hash,
            async (content, token) => seen = await UpdateScreening.InspectAsync(form, content, isPrivate, token),
            cancellationToken);
        if (refused is not null) return refused;
        if (seen is null) return Refusals.UploadNotFound;

        // The blob is durable, so the run shall know of it even where the agent has hung up; of its sections, too, only
        // once they are.
        BlobHash? sections =
            seen.Sections is { } list ? await list.StoreAsync(blobs, CancellationToken.None) : null;
        var answer = await federation.Runs.ApplyAsync(
            state.Id,
            new RunEvent.UpdateSubmitted(
                time.GetUtcNow(), state.Id, id, agent, hash, form.Bytes, weight, seen.Screening)
            {
                Sections = sections,
            },
            CancellationToken.None);
        await desk.DropAsync(upload, CancellationToken.None);
        if (answer is Answer.Received) FederationInstruments.OnUpdate(form.Bytes);
        return answer switch
        {
            Answer.Received { Receipt: var receipt } => UploadDesk.Progress(receipt.Bytes, receipt),
            Answer.Refused { Refusal: var refusal } => Refusals.Of(refusal),
            null => Refusals.RunNotFound(state.Id),
            _ => throw new UnreachableException(answer.GetType().Name),
        };
    }

    /// <summary>A way past this server for what is missing; null where the storage has none.</summary>
    private async Task<StagingLink?> LinkAsync(UploadStatus upload, CancellationToken cancellationToken) =>
        blobs is IStagedUploads staged && upload.DurableBytes < upload.SizeBytes
            ? await staged.LinkAsync(upload, options.Limits.UploadLinkLifetime, cancellationToken)
            : null;

    /// <summary>As when it is offered again, where it was offered.</summary>
    private async Task<IResult> TellLateAsync(
        RunState state, RoundId id, AgentId agent, BlobHash hash, CancellationToken cancellationToken)
    {
        var upload = IdOf(state.Id, id, agent, hash);
        return await DeclaredAsync(upload, cancellationToken) is { } weight &&
            await blobs.FindUploadAsync(upload, cancellationToken) is { SizeBytes: var bytes }
            ? await TellLateAsync(state, id, agent, new UploadOffer(hash, bytes, weight), cancellationToken)
            : Refusals.Of(new Refusal.Late(id));
    }

    /// <summary>
    /// Lets the run note, for the report of its round, that the update came late. What is closed never opens again, so
    /// an update that the server does not have cannot be accepted by this.
    /// </summary>
    private async Task<IResult> TellLateAsync(
        RunState state, RoundId id, AgentId agent, UploadOffer offer, CancellationToken cancellationToken)
    {
        await federation.Runs.ApplyAsync(
            state.Id,
            new RunEvent.UpdateSubmitted(
                time.GetUtcNow(), state.Id, id, agent, offer.Hash, offer.Bytes, offer.Weight,
                new(ScreeningVerdict.Clean, Norm: null)),
            cancellationToken);
        return Refusals.Of(new Refusal.Late(id));
    }

    /// <summary>
    /// Keeps the declared weight until the update is complete: as the declared size of a second upload, to which
    /// nothing is ever written. So it is as durable as the upload itself. The latest declaration counts.
    /// </summary>
    private async Task DeclareAsync(UploadId upload, int weight, CancellationToken cancellationToken)
    {
        var declaration = UploadDesk.DeclarationOf(upload);
        var found = await blobs.FindUploadAsync(declaration, cancellationToken);
        if (found is not null && found.SizeBytes != weight)
            await blobs.AbortUploadAsync(declaration, cancellationToken);
        await blobs.BeginUploadAsync(declaration, weight, cancellationToken);
    }

    private async Task<int?> DeclaredAsync(UploadId upload, CancellationToken cancellationToken) =>
        (int?)(await blobs.FindUploadAsync(UploadDesk.DeclarationOf(upload), cancellationToken))?.SizeBytes;

    private static UploadId IdOf(RunId run, RoundId round, AgentId agent, BlobHash hash) =>
        UploadDesk.IdOf(Purpose, agent.Value, hash, $"{run}\n{round}");

    private static string? SizeProblem(long bytes, long expected, long bytesMax)
    {
        if (bytes > bytesMax)
            return string.Create(CultureInfo.InvariantCulture, $"bytes is {bytes}; the plan allows {bytesMax}");
        return bytes == expected
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"bytes is {bytes}; an update of this round has {expected}");
    }

    private static Refused Bad(string problem) => new(400, "malformed", problem);
}
