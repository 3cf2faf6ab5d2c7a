using System.Globalization;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
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

/// <summary>The overview, the audit log and the settings.</summary>
internal static class OverviewPages
{
    private const int AuditEntries = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Page(AdminAction.ViewRuns);
        routes.MapGet(ConsoleRoutes.Root, OverviewAsync).For(view);
        routes.MapGet(ConsoleRoutes.Root + "/live", LiveAsync).For(view).Endless();
        routes.MapGet(ConsoleRoutes.Audit, AuditAsync).For(new AccessRule.Page(AdminAction.ViewAudit));
        routes.MapGet(ConsoleRoutes.Settings, SettingsAsync).For(new AccessRule.Page(AdminAction.ViewServer));
    }

    private static async Task<IResult> OverviewAsync(HttpContext http, IFederation federation) =>
        ConsolePage.Of<OverviewPage>([.. await FactsAsync(federation, http.RequestAborted)]);

    private static Task LiveAsync(HttpContext http, IFederation federation, LiveParts live) => live.ServeAsync(
        http, AdminAction.ViewRuns,
        token => live.EverySecondAsync(
            async () => (typeof(OverviewParts), await FactsAsync(federation, token)), token));

    private static async Task<(string, object?)[]> FactsAsync(
        IFederation federation, CancellationToken cancellationToken) =>
    [
        (nameof(OverviewParts.Runs), await federation.Runs.ListAsync(cancellationToken)),
        (nameof(OverviewParts.Damaged), await federation.Runs.ListDamagedAsync(cancellationToken)),
        (nameof(OverviewParts.Agents), await federation.Agents.ListAsync(cancellationToken)),
    ];

    private static async Task<IResult> AuditAsync(HttpContext http, IFederation federation, string? before)
    {
        var end = long.MaxValue;
        if (before is not null &&
            (!long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out end) || end < 1))
            throw new BadHttpRequestException("before must be a whole number from 1");
        var entries = new Queue<AuditEntry>();
        await foreach (var line in federation.Audit.ReadAsync(1, http.RequestAborted))
        {
            var entry = AuditJson.ReadEntry(line.Span);
            if (entry.Sequence >= end) break;
            entries.Enqueue(entry);
            if (entries.Count > AuditEntries) entries.Dequeue();
        }

        return ConsolePage.Of<AuditPage>((nameof(AuditPage.Entries), entries.Reverse().ToList()));
    }

    private static async Task<IResult> SettingsAsync(
        HttpContext http, IFederation federation, CertificateAuthority authority) => ConsolePage.Of<SettingsPage>(
        (nameof(SettingsPage.Version), ProgramVersion.Text),
        (nameof(SettingsPage.Authority), authority.Fingerprint),
        (nameof(SettingsPage.Users), http.Person().RefusalOf(AdminAction.ViewUsers) is null
            ? await federation.Users.ListAsync(http.RequestAborted)
            : null));
}
