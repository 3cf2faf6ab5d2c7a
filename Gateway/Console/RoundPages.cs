using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Parts;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>Attempts at rounds, ended and in progress.</summary>
internal static class RoundPages
{
    private const string Rounds = ConsoleRoutes.Runs + "/{run}/rounds";
    private const string Round = Rounds + "/{round}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Page(AdminAction.ViewRuns);
        routes.MapGet(Rounds, ListAsync).For(view);
        routes.MapGet(Round, ShowAsync).For(view);
        routes.MapGet(Round + "/live", LiveAsync).For(view).Endless();
    }

    /// <summary>What is said of an attempt that is not there.</summary>
    public static ConsolePage NoRound(string run, RoundId round) =>
        ErrorPage.Result(404, "No such round", $"run {run} has no round {round}");

    private static async Task<IResult> ListAsync(string run, string? before, HttpContext http, IFederation federation)
    {
        var end = before is null ? int.MaxValue : Names.Whole("before", before, 1);
        return await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is { } state
            ? ConsolePage.Of<RoundsPage>(
                (nameof(RoundsPage.History), RunHistory.Of(state)),
                (nameof(RoundsPage.End), Math.Min(end, state.History.Count)))
            : RunPages.NoRun(run);
    }

    private static async Task<IResult> ShowAsync(string run, string round, HttpContext http, IFederation federation)
    {
        var id = Names.Round(round);
        if (await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is not { } state)
            return RunPages.NoRun(run);
        return AttemptView.Find(state, id) is { } attempt
            ? ConsolePage.Of<RoundPage>((nameof(RoundPage.Attempt), attempt))
            : NoRound(run, id);
    }

    private static async Task LiveAsync(
        string run, string round, HttpContext http, IFederation federation, LiveParts live)
    {
        var (name, id) = (Names.Run(run), Names.Round(round));
        await live.ServeAsync(
            http, AdminAction.ViewRuns,
            token => federation.Runs.WatchAsync(name, token).Select(state => AttemptView.Find(state, id))
                .Where(attempt => attempt is not null)
                .Select(attempt => (
                    typeof(RoundParts), new (string, object?)[] { (nameof(RoundParts.Attempt), attempt) })));
    }
}
