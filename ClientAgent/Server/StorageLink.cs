using System.Net.Http.Headers;
using System.Security.Authentication;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// Writes an update's pieces straight into the server's storage, by a link that the server gave, and nothing else. The
/// answers count for nothing: how far it led, the server tells.
/// </summary>
internal sealed class StorageLink : IDisposable
{
    private const int PieceBytesMax = 8 << 20;

    private readonly HttpClient client;
    private readonly AgentTimings timings;
    private readonly TimeProvider time;

    public StorageLink(AgentTimings timings, TimeProvider time)
    {
        (this.timings, this.time) = (timings, time);
        client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = timings.Request,
            SslOptions = { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>
    /// Whether an update may be sent there: to a host that the owner names, over TLS except on this very machine.
    /// </summary>
    public static bool IsAllowed(StagingLink link, IReadOnlyList<string> hosts) =>
        link.Address is { IsAbsoluteUri: true, UserInfo.Length: 0 } address &&
        (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)) &&
        hosts.Contains(address.Authority, StringComparer.OrdinalIgnoreCase) &&
        link.PieceBytes is > 0 and <= PieceBytesMax;

    /// <summary>Writes an update from an offset to its end, or until something goes wrong.</summary>
    public async Task SendAsync(
        OutboxItem update, long offset, StagingLink link, CancellationToken cancellation)
    {
        await using var file = new FileStream(update.Path, FileMode.Open, FileAccess.Read, FileShare.Read);
        file.Position = offset;
        var piece = new byte[(int)Math.Min(link.PieceBytes, update.Bytes - offset)];
        while (file.Position < update.Bytes && time.GetUtcNow() < link.Expires)
        {
            var (place, count) = (file.Position, (int)Math.Min(piece.Length, update.Bytes - file.Position));
            await file.ReadExactlyAsync(piece.AsMemory(0, count), cancellation);
            if (!await TryPutAsync(link.PieceAt(place), new(piece, 0, count), cancellation)) return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<bool> TryPutAsync(Uri address, ArraySegment<byte> piece, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(timings.Request * 10, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Put, address)
        {
            Content = new ByteArrayContent(piece.Array!, piece.Offset, piece.Count)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") },
            },
        };
        try
        {
            using var response = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
