using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.ServerSentEvents;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// One peer of the server over HTTP/2 and TLS: an agent with its certificate, or a person with a token. It says what an
/// agent says, and in the same pieces.
/// </summary>
internal sealed class LoadClient : IDisposable
{
    private const int PieceBytes = 8 << 20;

    // The server's certificate is judged once, and then known: a thousand verdicts would be this process' time.
    private static readonly ConcurrentDictionary<string, bool> Proven = new(StringComparer.Ordinal);

    private readonly HttpClient http;

    public LoadClient(IPEndPoint server, X509Certificate2 authority, X509Certificate2? own, string? token = null)
    {
        http = new(new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions =
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, presented, _, _) => IsProven(presented, authority),
                ClientCertificateContext =
                    own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
            },
        })
        {
            BaseAddress = new($"https://{server}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    /// <summary>Listens until the connection ends.</summary>
    /// <param name="heard">Takes the orders.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ListenAsync(Action<OrderMessage> heard, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(
            Routes.Agent.Orders, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var parser = SseParser.Create(
            body, (_, data) => JsonSerializer.Deserialize(data, WireJson.Default.OrderMessage)!);
        await foreach (var order in parser.EnumerateAsync(cancellationToken)) heard(order.Data);
    }

    /// <summary>The smallest request of an agent; returns when it is connected.</summary>
    public Task SelfAsync() => SendAsync(HttpMethod.Get, Routes.Agent.Self, content: null);

    /// <summary>Takes part in a round.</summary>
    public Task JoinAsync(RunId run, RoundId round) => SendAsync(
        HttpMethod.Post, $"{Routes.Agent.Round(run, round)}/join", Json(new(), WireJson.Default.RoundMessage));

    /// <summary>Sends an update, and returns when there is a receipt.</summary>
    public async Task DeliverAsync(RunId run, RoundId round, UpdateFile update)
    {
        var address = Routes.Agent.Update(run, round);
        await SendAsync(HttpMethod.Put, address, Json(update.Offer, WireJson.Default.UploadOffer));
        address += $"/{update.Offer.Hash}";
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, update.Offer.Bytes));
        using var file = File.OpenHandle(update.Path);
        for (var offset = 0L; offset < update.Offer.Bytes;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, Math.Min(PieceBytes, buffer.Length)), offset);
            var piece = new ByteArrayContent(buffer, 0, read);
            piece.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            piece.Headers.Add(Routes.UploadOffsetHeader, FormattableString.Invariant($"{offset}"));
            await SendAsync(HttpMethod.Patch, address, piece);
            offset += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        var answer = await SendAsync(HttpMethod.Post, $"{address}/complete", content: null);
        if (JsonSerializer.Deserialize(answer, WireJson.Default.UploadProgress) is not { Receipt: not null })
            throw new InvalidOperationException("no receipt");
    }

    /// <summary>Whether the server says that it is ready.</summary>
    public async Task<bool> IsHealthyAsync()
    {
        try
        {
            using var response = await http.GetAsync(Routes.Health);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <exception cref="HttpRequestException">The server said no, or nothing.</exception>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = content,
            Version = http.DefaultRequestVersion,
            VersionPolicy = http.DefaultVersionPolicy,
        };
        using var response = await http.SendAsync(request);
        var answer = await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode
            ? answer
            : throw new HttpRequestException(
                $"{method} {path}: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(answer)}");
    }

    /// <summary>A body of JSON.</summary>
    public static HttpContent Json<T>(T value, JsonTypeInfo<T> type) =>
        new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type))
        {
            Headers = { ContentType = new("application/json") },
        };

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>Whether this is the certificate of the authority's server.</summary>
    public static bool IsProven(X509Certificate? presented, X509Certificate2 authority) =>
        presented is X509Certificate2 certificate && Proven.GetOrAdd(certificate.Thumbprint, _ =>
            PeerCheck.Server(certificate, authority, "127.0.0.1", TimeProvider.System.GetUtcNow())
                is Outcome<X509Certificate2>.Accepted);
}
