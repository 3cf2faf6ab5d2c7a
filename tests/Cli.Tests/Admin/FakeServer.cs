using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Cli.Tests.Admin;

/// <summary>An HTTPS server that answers as a test says, with a certificate of its own authority.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private static readonly CryptographicRandomSource Random = new();

    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> answers = new(StringComparer.Ordinal);
    private readonly CertificateAuthority authority;
    private readonly WebApplication application;

    private FakeServer(CertificateAuthority authority, WebApplication application)
    {
        (this.authority, this.application) = (authority, application);
        Folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
        Token = AdminTokenText.Write(SecretToken.Create(Random));
    }

    public string Folder { get; }

    public string Token { get; }

    public CertificateAuthority Authority => authority;

    /// <summary>What came: method, path and query, body.</summary>
    public ConcurrentQueue<(string Call, string? Authorization, string Body)> Calls { get; } = [];

    public Uri Address => new(application.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single());

    public Profile Profile => new()
    {
        Server = Address,
        Authority = authority.Fingerprint,
        Certificate = authority.Certificate,
        Token = Token,
    };

    public static async Task<FakeServer> StartAsync(string name = "127.0.0.1", DateTimeOffset? issuedAt = null)
    {
        var now = issuedAt ?? TimeProvider.System.GetUtcNow();
        var root = CertificateAuthority.Create(TimeProvider.System.GetUtcNow(), Random);
        var issued = Assert.IsType<Outcome<X509Certificate2>.Accepted>(root.IssueServer([name], now, Random));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(issued.Value)));
        var server = new FakeServer(root, builder.Build());
        server.application.Run(server.AnswerAsync);
        await server.application.StartAsync();
        return server;
    }

    /// <summary>Answers a call such as <c>GET /v1/runs</c>.</summary>
    public FakeServer On(string call, Func<HttpContext, Task> answer)
    {
        answers[call] = answer;
        return this;
    }

    /// <summary>Answers with bytes.</summary>
    public FakeServer On(string call, byte[] body) =>
        On(call, context => context.Response.Body.WriteAsync(body).AsTask());

    /// <summary>Answers with text.</summary>
    public FakeServer On(string call, string body) => On(call, Encoding.UTF8.GetBytes(body));

    /// <summary>Answers with a problem.</summary>
    public FakeServer Refuses(string call, int status, string code, string detail) => On(call, async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        await context.Response.Body.WriteAsync(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            new Problem("No", status, code, detail), WireJson.Default.Problem));
    });

    /// <summary>A host whose profile is this server's.</summary>
    public CommandHost Host(TextWriter output, TextWriter error)
    {
        var path = Path.Combine(Folder, "profile.json");
        ProfileFile.Write(path, Profile);
        return new(output, error) { Profiles = new(path, Folder, Folder), Time = new HastyTime() };
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var call = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Calls.Enqueue((call, context.Request.Headers.Authorization, Encoding.UTF8.GetString(body.ToArray())));
        context.Items["body"] = body.ToArray();
        if (answers.TryGetValue(call, out var answer)) await answer(context);
        else context.Response.StatusCode = StatusCodes.Status404NotFound;
    }
}
