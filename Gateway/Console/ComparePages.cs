using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>Two runs side by side.</summary>
internal static class ComparePages
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(ConsoleRoutes.Compare, ShowAsync).For(new AccessRule.Page(AdminAction.ViewRuns));

    private static async Task<IResult> ShowAsync(HttpContext http, IFederation federation, string? a, string? b)
    {
        var runs = await federation.Runs.ListAsync(http.RequestAborted);
        foreach (var name in new[] { a, b }.Where(name => !string.IsNullOrEmpty(name)))
        {
            var id = Names.Run(name!);
            if (runs.All(run => run.Id != id)) return RunPages.NoRun(name!);
        }

        return ConsolePage.Of<ComparePage>(
            (nameof(ComparePage.Names), runs.Select(run => run.Id).ToList()),
            (nameof(ComparePage.A), HistoryOf(a)), (nameof(ComparePage.B), HistoryOf(b)));

        RunHistory? HistoryOf(string? name) =>
            runs.FirstOrDefault(run => run.Id.Value == name) is { } run ? RunHistory.Of(run) : null;
    }
}
