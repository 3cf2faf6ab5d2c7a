using System.Net.Http.Headers;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// All that an agent can say in a round of training: it joins, a reason from a list, tenths of the plan's steps, and an
/// update from the outbox, which takes nothing but <see cref="Training.Local.SendableUpdate"/>. There is no way here to
/// send a number or a text of its own.
/// </summary>
internal sealed class RoundChannel(ServerSession session, RoundRef round, AgentTimings timings, TimeProvider time)
{
    /// <summary>A PATCH carries so much at most, so that a cut connection costs no more.</summary>
    public const int PieceBytes = 8 << 20;

    // The answers after which an update can never count. All others are of the upload: the next try mends them.
    private static readonly string[] FinalCodes =
    [
        "malformed", "not-invited", "stale", "late", "conflict", "quarantined", "wrong-standing", "run-not-found",
    ];

    /// <summary>The storage that the owner lets updates be sent to, asked for at each update.</summary>
    public Func<IReadOnlyList<string>> UploadHosts { get; init; } = () => [];

    private string Address => Routes.Agent.Round(round.Run, round.Round);

    private string UpdateAddress => Routes.Agent.Update(round.Run, round.Round);

    /// <summary>The agent takes part.</summary>
    public Task JoinAsync(CancellationToken cancellation) => PostAsync("/join", new(), cancellation);

    /// <summary>It does not, or no longer, and has spent nothing.</summary>
    public Task DeclineAsync(DeclineReason reason, CancellationToken cancellation) =>
        PostAsync("/decline", new(Declined: reason), cancellation);

    /// <summary>It trains.</summary>
    public Task ProgressAsync(ProgressTenth tenth, int steps, CancellationToken cancellation) =>
        PostAsync("/progress", new(StepsDone: tenth.StepsOf(steps)), cancellation);

    /// <summary>It has spent its budget, and no update will come.</summary>
    public Task LostAsync(LostReason reason, CancellationToken cancellation) =>
        PostAsync("/lost", new(Lost: reason), cancellation);

    /// <summary>Sends an update, from where the server has got to. Sent again it gets the same receipt.</summary>
    /// <exception cref="RefusedException">The round does not take it, now or ever.</exception>
    /// <exception cref="ChannelException">The upload must begin again, from its offer on.</exception>
    public async Task<UpdateReceipt> SendAsync(OutboxItem update, CancellationToken cancellation)
    {
        try
        {
            return await UploadAsync(update, cancellation);
        }
        catch (RefusedException refused) when (!FinalCodes.Contains(refused.Code))
        {
            throw new ChannelException(refused.Message, refused);
        }
    }

    private async Task<UpdateReceipt> UploadAsync(OutboxItem update, CancellationToken cancellation)
    {
        var progress = await SendPastServerAsync(update, await OfferAsync(update, cancellation), cancellation);
        while (progress.Receipt is null && progress.Offset < update.Bytes)
        {
            var before = progress.Offset;
            if (before < 0) throw new ChannelException($"the server wants the update from byte {before} on");
            progress = await AppendAsync(update, before, cancellation);
            if (progress.Receipt is null && progress.Offset <= before)
                throw new ChannelException($"the server's copy of the update stays at {before} bytes");
        }

        if (progress.Receipt is null) progress = await CompleteAsync(update, cancellation);
        return progress.Receipt is { } receipt && receipt.Update == update.Hash && receipt.Run == round.Run
            ? receipt
            : throw new ChannelException("the server's receipt is not for this update");
    }

    private Task<UploadProgress> OfferAsync(OutboxItem update, CancellationToken cancellation) =>
        session.Link.SendAsync(
            HttpMethod.Put, UpdateAddress,
            (new UploadOffer(update.Hash, update.Bytes, update.Weight), WireJson.Default.UploadOffer),
            WireJson.Default.UploadProgress, cancellation);

    /// <summary>
    /// Sends by the server's links as long as they lead on. What they leave, though it be all, goes to the server.
    /// </summary>
    private async Task<UploadProgress> SendPastServerAsync(
        OutboxItem update, UploadProgress progress, CancellationToken cancellation)
    {
        using var storage = new StorageLink(timings, time);
        for (var before = -1L; progress is { Receipt: null, Link: { } link } && progress.Offset > before;)
        {
            if (progress.Offset >= update.Bytes || !StorageLink.IsAllowed(link, UploadHosts())) break;
            before = progress.Offset;
            await storage.SendAsync(update, before, link, cancellation);
            progress = await OfferAsync(update, cancellation);
        }

        return progress;
    }

    private async Task<UploadProgress> AppendAsync(OutboxItem update, long offset, CancellationToken cancellation)
    {
        await using var file = new FileStream(update.Path, FileMode.Open, FileAccess.Read, FileShare.Read);
        file.Position = offset;
        var piece = new byte[(int)Math.Min(PieceBytes, update.Bytes - offset)];
        await file.ReadExactlyAsync(piece, cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{UpdateAddress}/{update.Hash}")
        {
            Content = new ByteArrayContent(piece)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") },
            },
        };
        request.Headers.Add(Routes.UploadOffsetHeader, FormattableString.Invariant($"{offset}"));
        return await AnswerAsync(request, cancellation);
    }

    private async Task<UploadProgress> CompleteAsync(OutboxItem update, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{UpdateAddress}/{update.Hash}/complete");
        return await AnswerAsync(request, cancellation);
    }

    // Ten times the patience of a small request: 8 MiB take that long at 14 KiB/s, and screening reads it all.
    private async Task<UploadProgress> AnswerAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(timings.Request * 10, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var response = await session.Link.SendAsync(request, both.Token);
        return await HttpLink.ReadJsonAsync(response, WireJson.Default.UploadProgress, both.Token);
    }

    private Task PostAsync(string what, RoundMessage message, CancellationToken cancellation) =>
        session.Link.SendAsync(
            HttpMethod.Post, Address + what, message, WireJson.Default.RoundMessage, cancellation);
}
