using System.Globalization;
using System.Runtime.CompilerServices;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Admin;

/// <summary>The server itself, and its audit log.</summary>
internal static class ServerEndpoints
{
    private const string Lines = "application/x-ndjson";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Server, Facts).For(new AccessRule.Person(AdminAction.ViewServer), "server")
            .Produces<ServerFacts>();
        routes.MapGet(Routes.Audit, AuditAsync).For(new AccessRule.Person(AdminAction.ViewAudit), "audit.list")
            .Transfer().Produces(200, contentType: Lines);
        routes.MapGet(Routes.AuditExport, ExportAsync)
            .For(new AccessRule.Person(AdminAction.ExportAudit), "audit.export")
            .Transfer().Produces(200, contentType: Lines);
    }

    private static JsonHttpResult<ServerFacts> Facts(
        GatewayOptions options, CertificateAuthority authority, TimeProvider time) =>
        TypedResults.Json(
            new ServerFacts(ProgramVersion.Text, time.GetUtcNow(), authority.Fingerprint, options.IsDevelopment),
            WireJson.Default.ServerFacts);

    private static async Task AuditAsync(HttpContext http, IFederation federation, string? first)
    {
        var from = 1L;
        if (first is not null &&
            (!long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out from) || from < 1))
            throw new BadHttpRequestException("first must be a whole number from 1");
        http.Response.ContentType = Lines;
        await foreach (var line in federation.Audit.ReadAsync(from, http.RequestAborted))
        {
            await http.Response.Body.WriteAsync(line, http.RequestAborted);
            await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted);
        }
    }

    private static async Task ExportAsync(HttpContext http, IFederation federation)
    {
        var head = await federation.Audit.SignHeadAsync(http.RequestAborted);
        http.Response.ContentType = Lines;
        http.Response.Headers.ContentDisposition = "attachment; filename=\"audit.jsonl\"";
        await AuditExport.WriteAsync(
            UpToAsync(federation.Audit.ReadAsync(1, http.RequestAborted), head.Head.Sequence), head, http.Response.Body,
            http.RequestAborted);
    }

    // What is written after the head was signed belongs to the next export.
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> UpToAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> lines, long last,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (last == 0) yield break;
        var sequence = 0L;
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            yield return line;
            if (++sequence == last) yield break;
        }
    }
}
