using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// HTTP/2 over TLS to one server, of which nothing is taken but a certificate of the pinned authority. Answers are what
/// was asked for or an exception. Nothing but the channels in this folder holds one.
/// </summary>
internal sealed class HttpLink : IDisposable
{
    private const int ProblemBytesMax = 64 << 10;
    private const int MessageBytesMax = 64 << 20;

    // What says that the certificate of this connection, not the request, is wrong.
    private static readonly string[] CertificateCodes =
    [
        "certificate-revoked", "certificate-superseded", "certificate-not-issued", "certificate-expired",
        "certificate-missing", "unknown-issuer", "wrong-agent", "not-enrolled",
    ];

    private readonly HttpClient client;
    private readonly TimeSpan timeout;
    private readonly TimeProvider time;

    private HttpLink(HttpClient client, TimeSpan timeout, TimeProvider time) =>
        (this.client, this.timeout, this.time) = (client, timeout, time);

    /// <summary>A link that proves the server, and with a certificate also the agent.</summary>
    public static HttpLink To(
        Uri server, X509Certificate2 authority, X509Certificate2? own, AgentTimings timings, TimeProvider time) =>
        Create(server, own, timings, time, (_, presented, _, _) =>
            PeerCheck.Server(presented as X509Certificate2, authority, server.IdnHost, time.GetUtcNow())
                is Outcome<X509Certificate2>.Accepted);

    /// <summary>A link that proves nothing, for the one request that needs no proof.</summary>
    [SuppressMessage(
        "Security", "CA5359", Justification = "What it fetches is judged by the hash that the invite pins.")]
    public static HttpLink Unproven(Uri server, AgentTimings timings, TimeProvider time) =>
        Create(server, own: null, timings, time, (_, _, _, _) => true);

    /// <summary>Whether the server may be at this address: only TLS proves who answers there.</summary>
    public static bool IsAddress(Uri server) =>
        server.IsAbsoluteUri && server.Scheme == Uri.UriSchemeHttps && server.UserInfo.Length == 0;

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        AskAsync(new(HttpMethod.Get, path), type, cancellation);

    public async Task<byte[]> GetBytesAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await WithinAsync(
            async token =>
            {
                using var response = await SendAsync(request, token);
                return await ReadAsync(response, MessageBytesMax, token);
            },
            cancellation);
    }

    public Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, (TBody Value, JsonTypeInfo<TBody> Type) body, JsonTypeInfo<TAnswer> answer,
        CancellationToken cancellation) =>
        AskAsync(new(method, path) { Content = Json(body.Value, body.Type) }, answer, cancellation);

    /// <summary>For requests that are answered without content.</summary>
    public async Task SendAsync<TBody>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = Json(body, type) };
        await WithinAsync(
            async token =>
            {
                using var response = await SendAsync(request, token);
                return true;
            },
            cancellation);
    }

    /// <summary>Sends a request whose body or answer may take long; its caller watches over it.</summary>
    /// <exception cref="RefusedException">The server said no.</exception>
    /// <exception cref="HttpRequestException">No answer, or none that is final.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await ProblemAsync(response, cancellation);
    }

    public static async Task<T> ReadJsonAsync<T>(
        HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return JsonSerializer.Deserialize(await ReadAsync(response, MessageBytesMax, cancellation), type)
                ?? throw new ChannelException("the server's answer is null");
        }
        catch (JsonException error)
        {
            throw new ChannelException($"the server's answer is not of the form: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static HttpLink Create(
        Uri server, X509Certificate2? own, AgentTimings timings, TimeProvider time,
        RemoteCertificateValidationCallback judge)
    {
        if (!IsAddress(server)) throw new NotAdmittedException($"the server's address {server} is not https");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = timings.Request,
            KeepAlivePingDelay = timings.Silence / 3,
            KeepAlivePingTimeout = timings.Silence / 3,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            SslOptions =
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = judge,
                ClientCertificateContext =
                    own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
            },
        };
        var http = new HttpClient(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        return new(http, timings.Request, time);
    }

    private async Task<T> AskAsync<T>(
        HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using (request)
        {
            return await WithinAsync(
                async token =>
                {
                    using var response = await SendAsync(request, token);
                    return await ReadJsonAsync(response, type, token);
                },
                cancellation);
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return await work(both.Token);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                FormattableString.Invariant($"the server did not answer within {timeout.TotalSeconds:0} s"), error);
        }
    }

    private static ByteArrayContent Json<T>(T value, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type))
        {
            Headers = { ContentType = new("application/json") },
        };

    private static async Task<Exception> ProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        Problem? problem = null;
        try
        {
            var content = await ReadAsync(response, ProblemBytesMax, cancellation);
            problem = JsonSerializer.Deserialize(content, WireJson.Default.Problem);
        }
        catch (Exception error) when (error is JsonException or ChannelException)
        {
            // Something between us and the server answered, in its own words.
        }

        if (problem is not null && CertificateCodes.Contains(problem.Code))
            return new NotAdmittedException($"the server does not admit this agent: {problem.Detail}");
        var isFinal = status is >= 400 and < 500 and not (408 or 421 or 425 or 429);
        return problem is not null && isFinal
            ? new RefusedException(problem)
            : new HttpRequestException(
                $"the server answered {status}: {problem?.Detail ?? response.ReasonPhrase}", null, response.StatusCode);
    }

    private static async Task<byte[]> ReadAsync(
        HttpResponseMessage response, int bytesMax, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        using var content = new MemoryStream();
        var block = new byte[16 << 10];
        try
        {
            while (await body.ReadAsync(block, cancellation) is > 0 and var count)
            {
                if (content.Length + count > bytesMax)
                    throw new ChannelException($"the server's answer is longer than {bytesMax} bytes");
                await content.WriteAsync(block.AsMemory(0, count), cancellation);
            }
        }
        catch (IOException error)
        {
            throw new ChannelException($"the server's answer broke off: {error.Message}", error);
        }

        return content.ToArray();
    }
}
