using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace FedLowRank.Gateway.Uploads;

/// <summary>
/// Resumable uploads, the same for updates and adapters: begin, append, complete. Bytes go from the connection into the
/// store as they come; what a broken connection has brought is kept.
/// </summary>
internal sealed class UploadDesk(IBlobStore blobs, UploadSlots slots, IHostApplicationLifetime lifetime)
{
    private const int FramesBytes = 64 << 10;

    /// <summary>
    /// The server's name for an upload. The sender is part of it, so that nobody can find, fill or finish what somebody
    /// else began.
    /// </summary>
    public static UploadId IdOf(string purpose, string sender, BlobHash hash, string place = "")
    {
        var text = string.Join('\n', purpose, sender, hash, place);
        return new($"{purpose}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}");
    }

    /// <summary>Begins or finds an upload.</summary>
    public async Task<UploadStatus> BeginAsync(
        UploadId id, string sender, long bytes, CancellationToken cancellationToken)
    {
        if (slots.Begin(sender, id) is { } oldest) await DropAsync(oldest, cancellationToken);
        return await blobs.BeginUploadAsync(id, bytes, cancellationToken);
    }

    /// <summary>Appends a request's body.</summary>
    public async Task<IResult> AppendAsync(HttpContext http, UploadId id, string sender)
    {
        if (http.Request.Headers[Routes.UploadOffsetHeader] is not [{ } text] ||
            !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return new Refused(
                400, "bad-offset", $"the header {Routes.UploadOffsetHeader} must say, once, " +
                    "how many bytes came before");
        }

        using var slot = slots.TryEnter(sender);
        if (slot is null) return TooMany;
        if (await blobs.FindUploadAsync(id, http.RequestAborted) is not { } status) return Refusals.UploadNotFound;
        var left = Math.Max(0, status.SizeBytes - offset);
        if (http.Request.ContentLength > left)
        {
            return new Refused(
                413, "too-large",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the body has {http.Request.ContentLength} bytes; at most {left} are missing"));
        }

        // The store takes what is missing and no byte more. This bounds what comes around the bytes: in a body of
        // unknown length each piece, of one byte at least, has a frame.
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize =
            http.Request.ContentLength is null ? (left * 8) + FramesBytes : left;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, lifetime.ApplicationStopping);
        var after = await blobs.WriteAsync(id, offset, http.Request.Body, ending.Token);
        return Progress(after.DurableBytes);
    }

    /// <summary>Makes the upload a blob.</summary>
    /// <param name="id">Of the upload.</param>
    /// <param name="sender">Whose it is.</param>
    /// <param name="hash">What it must be.</param>
    /// <param name="inspect">Reads the content once.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Null where it is a blob now, else why not.</returns>
    public async Task<Refused?> CompleteAsync(
        UploadId id, string sender, BlobHash hash, Func<Stream, CancellationToken, Task> inspect,
        CancellationToken cancellationToken)
    {
        using var slot = slots.TryEnter(sender);
        if (slot is null) return TooMany;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, lifetime.ApplicationStopping);
        try
        {
            await blobs.CompleteUploadAsync(id, hash, inspect, ending.Token);
        }
        catch (BlobException fault) when (fault.Error == BlobError.HashMismatch)
        {
            slots.End(sender, id);
            throw;
        }

        slots.End(sender, id);
        return null;
    }

    /// <summary>Name of what was declared with an upload.</summary>
    public static UploadId DeclarationOf(UploadId upload) => new($"{upload}-declared");

    /// <summary>Drops an upload with its declaration, unless it is being written.</summary>
    public async Task DropAsync(UploadId id, CancellationToken cancellationToken)
    {
        try
        {
            await blobs.AbortUploadAsync(id, cancellationToken);
            await blobs.AbortUploadAsync(DeclarationOf(id), cancellationToken);
        }
        catch (BlobException fault) when (fault.Error == BlobError.UploadBusy)
        {
            // It ends by itself, and what it leaves expires.
        }
    }

    /// <summary>How far an upload is.</summary>
    public static IResult Progress(
        long offset, Aggregation.Rounds.Messages.UpdateReceipt? receipt = null, StagingLink? link = null) =>
        TypedResults.Json(new UploadProgress(offset, receipt) { Link = link }, WireJson.Default.UploadProgress);

    private static Refused TooMany { get; } = new(
        429, "too-many-uploads", "too many uploads are received at once; wait as Retry-After says")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };
}
