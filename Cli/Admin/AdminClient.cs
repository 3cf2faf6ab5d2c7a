using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Admin;

/// <summary>
/// Talks to the admin listener over TLS that trusts the profile's authority and nothing else. What is repeatable is
/// sent again, a few times, where the server does not answer; nothing else ever is.
/// </summary>
internal sealed class AdminClient : IDisposable
{
    private const int AnswerBytesMax = 256 << 20;

    /// <summary>A server under load answers within this; a body may take longer, as long as it moves.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(100);

    /// <summary>Three times what the server lets pass between two signs of life.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];

    private readonly ProvenConnection connection;
    private readonly Uri server;
    private readonly string? token;
    private readonly TimeProvider time;

    private AdminClient(Profile profile, ProvenConnection connection, TimeProvider time)
    {
        (this.connection, this.time) = (connection, time);
        (server, token) = (profile.Server, profile.Token);
    }

    /// <summary>The authority's certificate, proven by the profile.</summary>
    public X509Certificate2 Authority => connection.Authority;

    /// <summary>The base address.</summary>
    public Uri Server => server;

    /// <summary>The certificate that the server showed last; null before the first answer.</summary>
    public X509Certificate2? ServerCertificate => connection.Presented;

    /// <summary>Makes a client; a profile that holds only a fingerprint costs a request for the certificate.</summary>
    /// <exception cref="AdminException">The server does not answer, or its authority is another one.</exception>
    public static async Task<AdminClient> ConnectAsync(
        Profile profile, TimeProvider time, CancellationToken cancellationToken)
    {
        var authority = profile.Certificate
            ?? await ProvenConnection.FetchAuthorityAsync(profile, cancellationToken);
        return new(profile, new ProvenConnection(authority, profile.Server.Host, time), time);
    }

    /// <summary>Reads a JSON answer.</summary>
    /// <exception cref="AdminException">It cannot be had.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        Parse(await GetBytesAsync(path, cancellationToken), path, type);

    /// <summary>Reads an answer of at most 256 MiB.</summary>
    /// <exception cref="AdminException">It cannot be had.</exception>
    public async Task<byte[]> GetBytesAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await RequestAsync(() => new(HttpMethod.Get, path), isRepeatable: true, cancellationToken);
        return await ReadAsync(answer, path, cancellationToken);
    }

    /// <summary>Begins to read a body of any length; whoever reads it disposes of it.</summary>
    /// <exception cref="AdminException">It cannot be had.</exception>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var answer = await RequestAsync(() => new(HttpMethod.Get, path), isRepeatable: true, cancellationToken);
        return await BodyAsync(answer, cancellationToken);
    }

    /// <summary>Sends a message and reads the answer, of at most 256 MiB.</summary>
    /// <exception cref="AdminException">It was refused, or cannot be sent.</exception>
    public async Task<byte[]> SendAsync(
        Func<HttpRequestMessage> message, bool isRepeatable, CancellationToken cancellationToken)
    {
        using var answer = await RequestAsync(message, isRepeatable, cancellationToken);
        return await ReadAsync(answer, answer.RequestMessage!.RequestUri!.AbsolutePath, cancellationToken);
    }

    /// <summary>Sends a message and reads the JSON answer.</summary>
    /// <exception cref="AdminException">It was refused, or cannot be sent.</exception>
    public async Task<T> SendAsync<T>(
        Func<HttpRequestMessage> message, JsonTypeInfo<T> type, bool isRepeatable, CancellationToken cancellationToken)
    {
        using var answer = await RequestAsync(message, isRepeatable, cancellationToken);
        var path = answer.RequestMessage!.RequestUri!.AbsolutePath;
        return Parse(await ReadAsync(answer, path, cancellationToken), path, type);
    }

    /// <summary>Sends a message to which there is no answer but that it was heard.</summary>
    /// <exception cref="AdminException">It was refused, or cannot be sent.</exception>
    public async Task TellAsync(
        Func<HttpRequestMessage> message, bool isRepeatable, CancellationToken cancellationToken) =>
        (await RequestAsync(message, isRepeatable, cancellationToken)).Dispose();

    /// <summary>A message with a JSON body.</summary>
    public static HttpRequestMessage Message<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type) =>
        new(method, path)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private async Task<HttpResponseMessage> RequestAsync(
        Func<HttpRequestMessage> message, bool isRepeatable, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var isLast = !isRepeatable || attempt == Pauses.Length;
            using var patience = new CancellationTokenSource(AnswerMax, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            try
            {
                var answer = await connection.Http.SendAsync(
                    Signed(message()), HttpCompletionOption.ResponseHeadersRead, either.Token);
                if (answer.IsSuccessStatusCode) return answer;
                using (answer)
                {
                    if (isLast || !IsPassing(answer.StatusCode))
                        throw await Problems.ReadAsync(answer, either.Token);
                }
            }
            catch (HttpRequestException error) when (connection.Refusal is { } refusal)
            {
                throw AdminException.Unreachable(refusal.Code, $"{server}: {refusal.Message}", error);
            }
            catch (HttpRequestException error) when (isLast)
            {
                throw AdminException.Unreachable("unreachable", $"{server} cannot be reached: {Reason(error)}", error);
            }
            catch (OperationCanceledException error)
                when (!cancellationToken.IsCancellationRequested && isLast)
            {
                throw AdminException.Unreachable("timed-out", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{server} did not answer within {AnswerMax.TotalSeconds} s"), error);
            }
            catch (Exception error) when (error is HttpRequestException ||
                (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // Sent again below.
            }

            await Task.Delay(Pauses[attempt], time, cancellationToken);
        }
    }

    private HttpRequestMessage Signed(HttpRequestMessage message)
    {
        message.RequestUri = new Uri(server, message.RequestUri!);
        message.Version = HttpVersion.Version20;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        if (token is not null) message.Headers.Authorization = new("Bearer", token);
        return message;
    }

    private async Task<byte[]> ReadAsync(
        HttpResponseMessage answer, string path, CancellationToken cancellationToken)
    {
        using var body = await BodyAsync(answer, cancellationToken);
        using var content = new MemoryStream();
        var buffer = new byte[64 << 10];
        try
        {
            while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if (content.Length + read > AnswerBytesMax)
                    throw new IOException($"the answer is longer than {AnswerBytesMax} bytes");
                await content.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw AdminException.Unreachable("cut-off", $"{server}: {path} broke off: {error.Message}", error);
        }

        return content.ToArray();
    }

    private async Task<Stream> BodyAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        new PatientStream(await answer.Content.ReadAsStreamAsync(cancellationToken), SilenceMax, time);

    private T Parse<T>(byte[] json, string path, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("the answer is null");
        }
        catch (JsonException error)
        {
            throw new AdminException(
                "bad-answer", $"{server}: the answer to {path} is not of this version's form: {error.Message}",
                Commands.ExitCode.Failure, error);
        }
    }

    private static bool IsPassing(HttpStatusCode status) => status is
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or
        HttpStatusCode.TooManyRequests;

    private static string Reason(Exception error) => error.InnerException?.Message ?? error.Message;
}
