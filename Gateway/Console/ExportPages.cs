using System.Globalization;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Exports;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>The adapter of a checkpoint, to be taken out of the federation.</summary>
internal static class ExportPages
{
    private const string Export = ConsoleRoutes.Runs + "/{run}/export";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Export, AskAsync).For(new AccessRule.Page(AdminAction.ExportAdapter));
        routes.MapPost(Export, GiveAsync).For(new AccessRule.Form(AdminAction.ExportAdapter)).Transfer();
    }

    private static async Task<IResult> AskAsync(string run, string? round, HttpContext http, IFederation federation) =>
        await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is { } state
            ? Ask(state, round is null ? state.LastRound : Round(round))
            : RunPages.NoRun(run);

    private static async Task<IResult> GiveAsync(
        string run, HttpContext http, IFederation federation, IBlobStore blobs, AdapterArchive archive)
    {
        var id = Names.Run(run);
        if (await federation.Runs.FindAsync(id, http.RequestAborted) is not { } state) return RunPages.NoRun(run);
        var round = Round((await http.Request.ReadFormAsync(http.RequestAborted))["round"].ToString());
        if (state.CheckpointOf(round) is not { } hash)
        {
            return Ask(
                state, round, $"{run} has no checkpoint of round {round}; the last is of round {state.LastRound}");
        }

        if (await federation.Runs.FindCheckpointAsync(id, hash, http.RequestAborted) is not { } signed ||
            await blobs.FindAsync(hash, http.RequestAborted) is null)
            return Ask(state, round, $"the checkpoint of round {round} is not kept any more");
        var name = string.Create(CultureInfo.InvariantCulture, $"{run}-round-{round}");
        var file = await archive.MakeAsync(signed, name, http.RequestAborted);
        try
        {
            // Written before a byte is out, so that nobody takes an adapter unseen.
            await federation.Audit.AppendAsync(
                new(
                    http.Person().Name, "adapter-export", run, AuditOutcome.Done,
                    [
                        new("round", round.ToString(CultureInfo.InvariantCulture)),
                        new("checkpoint", hash.ToString()),
                    ]),
                http.RequestAborted);
            return TypedResults.Stream(file, "application/zip", $"{name}.zip");
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static int Round(string text) => Names.Whole("round", text, 0);

    private static ConsolePage Ask(RunState run, int round, string? problem = null) => ConsolePage.Of<ExportPage>(
        problem is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        (nameof(ExportPage.Run), run), (nameof(ExportPage.Round), round), (nameof(ExportPage.Problem), problem));
}
