using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;
using FedLowRank.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>
/// A scripted server on loopback, with real TLS and both listeners. It keeps uploads and certificates, records every
/// request, and does what a test tells it to do.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    public static readonly AgentId Agent = new("berlin");

    private static readonly CryptographicRandomSource Random = new();

    private readonly X509Certificate2 certificate;
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Recorded> requests = new();
    private readonly ConcurrentDictionary<BlobHash, MemoryStream> uploads = new();
    private readonly ConcurrentDictionary<BlobHash, UpdateReceipt> receipts = new();
    private readonly ConcurrentDictionary<string, IssuedCertificate> issued = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<RunId, OrderMessage> levels = new();
    private readonly Lock changing = new();
    private readonly List<Channel<OrderMessage?>> listeners = [];
    private TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int eventId;

    private FakeServer()
    {
        Authority = CertificateAuthority.Create(DateTimeOffset.UtcNow, Random);
        certificate = ((Outcome<X509Certificate2>.Accepted)Authority.IssueServer(
            ["127.0.0.1"], DateTimeOffset.UtcNow, Random)).Value;
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ClientCertificateMode[] modes =
                [ClientCertificateMode.RequireCertificate, ClientCertificateMode.NoCertificate];
            foreach (var mode in modes)
                kestrel.Listen(IPAddress.Loopback, 0, listen => Configure(listen, mode));
        });
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public CertificateAuthority Authority { get; }

    public DateTimeOffset InviteExpires { get; } = DateTimeOffset.UtcNow.AddDays(1);

    public SecretToken Token { get; } = SecretToken.Create(Random);

    public Uri AgentAddress { get; private set; } = null!;

    public Uri EnrolAddress { get; private set; } = null!;

    public AgentRole Role { get; set; } = AgentRole.Trainer;

    public TimeSpan CertificateLifetime { get; set; } = CertificateLifetimes.Agent;

    public ConcurrentDictionary<RunId, RunPlan> Plans { get; } = new();

    /// <summary>Manifests and parts, by hash.</summary>
    public ConcurrentDictionary<BlobHash, byte[]> Blobs { get; } = new();

    /// <summary>Answers instead of the server where it returns true; called after the request was recorded.</summary>
    public Func<HttpContext, Recorded, Task<bool>>? Instead { get; set; }

    /// <summary>The link that answers the offer of an update; null for none.</summary>
    public Func<BlobHash, StagingLink>? LinkOf { get; set; }

    public bool IsRevoked { get; set; }

    /// <summary>Called when a certificate is issued and not answered yet.</summary>
    public Action<HttpContext>? AfterCertifying { get; set; }

    /// <summary>Number of keys that were certified.</summary>
    public int CertifiedCount => issued.Count;

    public IReadOnlyList<Recorded> Requests => [.. requests];

    public IReadOnlyDictionary<BlobHash, UpdateReceipt> Receipts => receipts;

    public string Invite => InviteText.Write(new Invite(
        Agent, AgentRole.Trainer, EnrolAddress, Authority.Fingerprint, InviteExpires, Token));

    public static async Task<FakeServer> StartAsync()
    {
        var server = new FakeServer();
        await server.app.StartAsync();
        var addresses = server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        var (agent, enrol) = (addresses.Addresses.First(), addresses.Addresses.Last());
        (server.AgentAddress, server.EnrolAddress) = (new Uri(agent), new Uri(enrol));
        return server;
    }

    /// <summary>Tells an order, now and to whoever connects later.</summary>
    public void Order(RunId run, OrderKind kind, RoundId? round = null, BlobHash? checkpoint = null)
    {
        var order = new OrderMessage(run, kind, round?.ToString(), checkpoint);
        lock (changing)
        {
            levels[run] = order;
            foreach (var listener in listeners) listener.Writer.TryWrite(order);
        }
    }

    /// <summary>Ends all streams of orders.</summary>
    public void CutStreams()
    {
        lock (changing)
            foreach (var listener in listeners) listener.Writer.TryWrite(null);
    }

    /// <summary>The first request that fits, waited for; the failure names what came instead.</summary>
    public async Task<Recorded> WaitForAsync(Func<Recorded, bool> fits, int count = 1)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var next = heard.Task;
            if (requests.Where(fits).Skip(count - 1).FirstOrDefault() is { } found) return found;
            try
            {
                await next.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                var came = requests.Select(r => $"{r.Method} {r.Path}");
                Assert.Fail($"it never came; these did: {string.Join('\n', came)}");
            }
        }
    }

    public BlobHash Put(byte[] blob)
    {
        var hash = BlobHash.Of(SHA256.HashData(blob));
        Blobs[hash] = blob;
        return hash;
    }

    public static async Task RefuseAsync(HttpContext http, string code, int status = 409)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/problem+json";
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(
            new Problem("refused", status, code, $"refused as {code}"), WireJson.Default.Problem));
    }

    public async ValueTask DisposeAsync()
    {
        CutStreams();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        certificate.Dispose();
        Authority.Dispose();
    }

    private void Configure(ListenOptions listen, ClientCertificateMode mode)
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = mode;
            https.ClientCertificateValidation = (presented, _, _) =>
                PeerCheck.Agent(presented, Authority.Certificate, DateTimeOffset.UtcNow)
                    is Outcome<AgentCertificate>.Accepted;
        });
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        }
        finally
        {
            // A cut-off body counts as far as it came.
            requests.Enqueue(new(http.Request.Method, http.Request.Path.Value!, body.ToArray()));
            Interlocked.Exchange(ref heard, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }

        var request = requests.Last(r => r.Path == http.Request.Path.Value && r.Method == http.Request.Method);
        if (IsRevoked)
        {
            await RefuseAsync(http, "certificate-revoked", 403);
            return;
        }

        if (Instead is { } instead && await instead(http, request)) return;
        await RouteAsync(http, request);
    }

    private Task RouteAsync(HttpContext http, Recorded request) => request.Path switch
    {
        Routes.Authority => WriteAsync(http, Authority.Certificate.RawData),
        Routes.Enrol => CertifyAsync(http, Read(request, WireJson.Default.EnrolRequest).Request),
        Routes.Agent.Renew => CertifyAsync(http, Read(request, WireJson.Default.RenewRequest).Request),
        Routes.Agent.Self => JsonAsync(
            http, new AgentSelf(Agent, Role, DateTimeOffset.UtcNow, "test"), WireJson.Default.AgentSelf),
        Routes.Agent.Orders => StreamAsync(http),
        var path when path.EndsWith("/plan", StringComparison.Ordinal) => PlanAsync(http, path),
        var path when path.Contains("/checkpoints/", StringComparison.Ordinal) => CheckpointAsync(http, path),
        var path when path.Contains("/update", StringComparison.Ordinal) => UploadAsync(http, request),
        _ => Task.Run(() => http.Response.StatusCode = 204),
    };

    private async Task CertifyAsync(HttpContext http, string pem)
    {
        var request = ((Outcome<AgentRequest>.Accepted)AgentRequest.Read(pem)).Value;
        var certified = issued.GetOrAdd(request.KeyHash.ToString(), _ => ((Outcome<IssuedCertificate>.Accepted)
            Authority.IssueAgent(Agent, request, CertificateLifetime, DateTimeOffset.UtcNow, Random)).Value);
        AfterCertifying?.Invoke(http);
        await JsonAsync(http, new CertificateAnswer(certified.Pem, AgentAddress), WireJson.Default.CertificateAnswer);
    }

    private async Task StreamAsync(HttpContext http)
    {
        var channel = Channel.CreateUnbounded<OrderMessage?>();
        lock (changing)
        {
            foreach (var level in levels.Values) channel.Writer.TryWrite(level);
            listeners.Add(channel);
        }

        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync(": hello\n\n");
        await http.Response.Body.FlushAsync();
        await foreach (var order in channel.Reader.ReadAllAsync(http.RequestAborted))
        {
            if (order is null) break;
            var id = Interlocked.Increment(ref eventId);
            var json = JsonSerializer.Serialize(order, WireJson.Default.OrderMessage);
            await http.Response.WriteAsync(
                string.Create(CultureInfo.InvariantCulture, $"event: order\nid: {id}\ndata: {json}\n\n"));
            await http.Response.Body.FlushAsync();
        }

        lock (changing) listeners.Remove(channel);
    }

    private Task PlanAsync(HttpContext http, string path) =>
        Plans.TryGetValue(new RunId(path.Split('/')[^2]), out var plan)
            ? JsonAsync(http, plan, WireJson.Default.RunPlan)
            : RefuseAsync(http, "not-found", 404);

    private async Task CheckpointAsync(HttpContext http, string path)
    {
        var words = path.Split('/');
        var run = new RunId(words[4]);
        var manifest = BlobHash.Parse(words[6]);
        if (words is [.., "signature"])
        {
            var signed = CheckpointSignatures.Sign(run, manifest, Authority, DateTimeOffset.UtcNow);
            await JsonAsync(http, signed, WireJson.Default.SignedCheckpoint);
            return;
        }

        var content = Blobs[manifest];
        if (words is [.., "parts", var index])
            content = Blobs[ManifestJson.Read(content).Parts[int.Parse(index, CultureInfo.InvariantCulture)]];
        if (http.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } from)
        {
            http.Response.StatusCode = 206;
            content = content[(int)from..];
        }

        await WriteAsync(http, content);
    }

    /// <summary>Takes the next piece of an upload past the server, as its storage does.</summary>
    public void Take(BlobHash hash, long offset, byte[] piece)
    {
        var upload = uploads[hash];
        Assert.Equal(upload.Length, offset);
        upload.Write(piece);
    }

    private async Task UploadAsync(HttpContext http, Recorded request)
    {
        var words = request.Path.Split('/');
        if (request.Method == "PUT")
        {
            var offer = Read(request, WireJson.Default.UploadOffer);
            var begun = uploads.GetOrAdd(offer.Hash, _ => new MemoryStream());
            await JsonAsync(
                http,
                new UploadProgress(begun.Length, receipts.GetValueOrDefault(offer.Hash))
                {
                    Link = LinkOf?.Invoke(offer.Hash),
                },
                WireJson.Default.UploadProgress);
            return;
        }

        var isComplete = words[^1] == "complete";
        var hash = BlobHash.Parse(words[isComplete ? ^2 : ^1]);
        var upload = uploads[hash];
        if (!isComplete)
        {
            Assert.Equal(
                upload.Length,
                long.Parse(http.Request.Headers[Routes.UploadOffsetHeader]!, CultureInfo.InvariantCulture));
            await upload.WriteAsync(request.Body);
            await JsonAsync(http, new UploadProgress(upload.Length), WireJson.Default.UploadProgress);
            return;
        }

        Assert.Equal(hash, BlobHash.Of(SHA256.HashData(upload.ToArray())));
        Blobs[hash] = upload.ToArray();
        var id = words[6].Split('.').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        var receipt = receipts.GetOrAdd(hash, _ => new UpdateReceipt(
            new(words[4]), new(id[0], id[1]), Agent, hash, upload.Length, 1, DateTimeOffset.UtcNow));
        await JsonAsync(http, new UploadProgress(upload.Length, receipt), WireJson.Default.UploadProgress);
    }

    private static T Read<T>(Recorded request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(request.Body, type)!;

    private static Task JsonAsync<T>(
        HttpContext http, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(value, type));

    private static Task WriteAsync(HttpContext http, byte[] content) =>
        http.Response.Body.WriteAsync(content).AsTask();
}
