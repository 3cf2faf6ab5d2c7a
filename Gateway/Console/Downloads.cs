using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Drawings;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Sheets;
using FedLowRank.Gateway.Console.Spectra;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>What the pages show, as files: every table as CSV and as JSON.</summary>
internal static class Downloads
{
    private const string Run = ConsoleRoutes.Runs + "/{run}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Page(AdminAction.ViewRuns);
        routes.MapGet(Run + "/state.json", (string run, HttpContext http, IFederation federation) =>
            FileAsync(run, http, federation, "state", RunJson.Write)).For(view).Transfer();
        routes.MapGet(Run + "/plan.json", (string run, HttpContext http, IFederation federation) =>
            FileAsync(run, http, federation, "plan", PlanOf)).For(view);
        routes.MapGet(Run + "/rounds.{format}", (string run, string format, HttpContext http, IFederation federation) =>
            SheetAsync(run, format, "rounds", http, federation, state => RunSheets.Rounds(RunHistory.Of(state))))
            .For(view).Transfer();
        routes.MapGet(Run + "/layers.{format}", LayersAsync).For(view).Transfer();
        routes.MapGet(Run + "/privacy.{format}", PrivacyAsync).For(view).Transfer();
        routes.MapGet(Run + "/rounds/{round}/agents.{format}", AttemptAsync).For(view).Transfer();
        routes.MapGet(ConsoleRoutes.Agents + ".{format}", AgentsAsync)
            .For(new AccessRule.Page(AdminAction.ViewAgents)).Transfer();
        routes.MapGet(ConsoleRoutes.Audit + ".{format}", Audit)
            .For(new AccessRule.Page(AdminAction.ExportAudit)).Transfer();
    }

    private static byte[] PlanOf(RunState run) =>
        JsonSerializer.SerializeToUtf8Bytes(run.Plan, WireJson.Default.RunPlan);

    private static Task<IResult> LayersAsync(
        string run, string format, HttpContext http, IFederation federation, SpectrumBook book) => SheetAsync(
        run, format, "layers", http, federation, state => LayerCharts.Table(RunSpectra.Of(state, book)));

    private static async Task<IResult> PrivacyAsync(string run, string format, HttpContext http, IFederation federation)
    {
        var agents = await federation.Agents.ListAsync(http.RequestAborted);
        return await SheetAsync(
            run, format, "privacy", http, federation, state => PrivacyCharts.Table(AgentSpending.Of(state, agents)));
    }

    private static async Task<IResult> AttemptAsync(
        string run, string round, string format, HttpContext http, IFederation federation)
    {
        var id = Names.Round(round);
        if (await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is not { } state)
            return RunPages.NoRun(run);
        return AttemptView.Find(state, id) is { } attempt
            ? Send($"{run}-round-{id}-agents", format, RunSheets.Agents(attempt))
            : RoundPages.NoRound(run, id);
    }

    private static async Task<IResult> AgentsAsync(string format, HttpContext http, IFederation federation) =>
        Send("agents", format, ServerSheets.Agents(await federation.Agents.ListAsync(http.RequestAborted)));

    private static IResult Audit(string format, HttpContext http, IFederation federation) => Send(
        "audit", format, ServerSheets.AuditColumns,
        ServerSheets.AuditAsync(federation.Audit.ReadAsync(1, http.RequestAborted), http.RequestAborted));

    private static async Task<IResult> SheetAsync(
        string run, string format, string what, HttpContext http, IFederation federation,
        Func<RunState, Sheet> sheet) =>
        await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is { } state
            ? Send($"{run}-{what}", format, sheet(state))
            : RunPages.NoRun(run);

    private static async Task<IResult> FileAsync(
        string run, HttpContext http, IFederation federation, string what, Func<RunState, byte[]> write) =>
        await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is { } state
            ? TypedResults.Bytes(write(state), "application/json", $"{run}-{what}.json")
            : RunPages.NoRun(run);

    private static IResult Send(string name, string format, Sheet sheet) =>
        Send(name, format, sheet.Columns, sheet.Rows.ToAsyncEnumerable());

    private static IResult Send(
        string name, string format, IReadOnlyList<SheetColumn> columns,
        IAsyncEnumerable<IReadOnlyList<object?>> rows) => format is "csv" or "json"
        ? new SheetDownload(name, isCsv: format == "csv", columns, rows)
        : ErrorPage.Result(404, "No such form", $"there is no {format}; take csv or json");
}
