using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Parts;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>The overview and the audit log.</summary>
internal static class OverviewPages
{
    private const int AuditEntries = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Page(AdminAction.ViewRuns);
        routes.MapGet(ConsoleRoutes.Root, OverviewAsync).For(view);
        routes.MapGet(ConsoleRoutes.Root + "/live", LiveAsync).For(view).Endless();
        routes.MapGet(ConsoleRoutes.Audit, AuditAsync).For(new AccessRule.Page(AdminAction.ViewAudit));
    }

    private static async Task<IResult> OverviewAsync(HttpContext http, IFederation federation) =>
        ConsolePage.Of<OverviewPage>(Parameters(await FleetFacts.ReadAsync(federation, http.RequestAborted)));

    private static Task LiveAsync(HttpContext http, FleetWatch fleet, LiveParts live) => live.ServeAsync(
        http, AdminAction.ViewRuns,
        token => LiveParts.AgainAsync(
            async () => (typeof(OverviewParts), Parameters(await fleet.FindAsync(token))), token));

    private static (string, object?)[] Parameters(FleetFacts facts) =>
    [
        (nameof(OverviewParts.Runs), facts.Runs),
        (nameof(OverviewParts.Damaged), facts.Damaged),
        (nameof(OverviewParts.Agents), facts.Agents),
    ];

    private static async Task<IResult> AuditAsync(HttpContext http, IFederation federation, string? before)
    {
        var end = before is null ? long.MaxValue : Names.Whole("before", before, 1L);
        var last = Math.Min(end - 1, await federation.Audit.LastAsync(http.RequestAborted));
        var entries = new List<AuditEntry>();
        var first = Math.Max(1, last - AuditEntries + 1);
        await foreach (var line in federation.Audit.ReadAsync(first, http.RequestAborted))
        {
            var entry = AuditJson.ReadEntry(line.Span);
            if (entry.Sequence > last) break;
            entries.Add(entry);
        }

        entries.Reverse();
        return ConsolePage.Of<AuditPage>((nameof(AuditPage.Entries), entries));
    }
}
