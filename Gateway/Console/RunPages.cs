using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Parts;
using FedLowRank.Gateway.Console.Views;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>Runs, and what people ask of them.</summary>
internal static class RunPages
{
    private const string Run = ConsoleRoutes.Runs + "/{run}";
    private const string Command = Run + "/commands/{command}";
    private static readonly TimeSpan ForkPatience = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Page(AdminAction.ViewRuns);
        routes.MapGet(ConsoleRoutes.Runs, ListAsync).For(view);
        routes.MapGet(Run, ShowAsync).For(view);
        routes.MapGet(Run + "/live", LiveAsync).For(view).Endless();

        // Each command has an action of its own, which is asked for once it is known.
        routes.MapGet(Command, AskAsync).For(view);
        routes.MapPost(Command, ObeyAsync).For(new AccessRule.Form(AdminAction.ViewRuns));
    }

    private static async Task<IResult> ListAsync(HttpContext http, IFederation federation) =>
        ConsolePage.Of<RunsPage>(
            (nameof(RunsPage.Runs), await federation.Runs.ListAsync(http.RequestAborted)),
            (nameof(RunsPage.Damaged), await federation.Runs.ListDamagedAsync(http.RequestAborted)));

    private static async Task<IResult> ShowAsync(
        string run, HttpContext http, IFederation federation, RunViews views) =>
        await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is { } state
            ? ConsolePage.Of<RunPage>(
                (nameof(RunPage.View), await views.OfAsync(state, told: null, http.RequestAborted)))
            : NoRun(run);

    private static async Task LiveAsync(string run, HttpContext http, string? told, RunViews views, LiveParts live)
    {
        var id = Names.Run(run);
        await live.ServeAsync(
            http, AdminAction.ViewRuns,
            token => views.WatchAsync(id, told, token)
                .Select(view => (typeof(RunParts), new (string, object?)[] { (nameof(RunParts.View), view) })));
    }

    private static async Task<IResult> AskAsync(
        string run, string command, HttpContext http, IFederation federation, TurnedAway turnedAway)
    {
        if (CommandView.Find(command) is not { } view) return NoCommand(command);
        if (await RefusalOfAsync(http, view, turnedAway) is { } refused) return refused;
        return await federation.Runs.FindAsync(Names.Run(run), http.RequestAborted) is { } state
            ? Confirm(state, view, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), problem: null)
            : NoRun(run);
    }

    private static async Task<ConsolePage?> RefusalOfAsync(HttpContext http, CommandView view, TurnedAway turnedAway)
    {
        var person = http.Person();
        if (person.RefusalOf(view.Action) is not { } notAllowed) return null;
        await turnedAway.WriteAsync(http, person.Name, notAllowed);
        return ErrorPage.Result(403, "Your role does not allow this", notAllowed.Message);
    }

    private static async Task<IResult> ObeyAsync(
        string run, string command, HttpContext http, IFederation federation, TimeProvider time, TurnedAway turnedAway)
    {
        if (CommandView.Find(command) is not { } view) return NoCommand(command);
        if (await RefusalOfAsync(http, view, turnedAway) is { } refused) return refused;
        var (id, person) = (Names.Run(run), http.Person());
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var word = form["command-id"].ToString();
        var asked = new RunEvent.Asked(time.GetUtcNow(), Names.Command(word), person.RecordedName(), Read(view, form));
        return await federation.Runs.ApplyAsync(id, asked, http.RequestAborted) switch
        {
            Answer.Refused { Refusal: var refusal } when
                await federation.Runs.FindAsync(id, http.RequestAborted) is { } state =>
                Confirm(state, view, word, refusal.Message),
            null => NoRun(run),
            _ => TypedResults.LocalRedirect(ConsoleRoutes.Run(
                asked.Command is RunCommand.Fork fork && await IsMadeAsync(federation, id, fork, http.RequestAborted)
                    ? fork.NewRun
                    : id)),
        };
    }

    /// <summary>Waits for a run that was ordered, for as long as somebody waits for a page.</summary>
    private static async Task<bool> IsMadeAsync(
        IFederation federation, RunId parent, RunCommand.Fork fork, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ForkPatience);
        try
        {
            return await federation.Runs.WatchAsync(parent, limit.Token)
                .AnyAsync(state => state.Forks.All(order => order.Id != fork.NewRun), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static RunCommand Read(CommandView view, IFormCollection form) => view.Name switch
    {
        "start" => new RunCommand.Start(),
        "trigger" => new RunCommand.Trigger(),
        "pause" => new RunCommand.Pause(PauseMode.FinishRound),
        "pause-now" => new RunCommand.Pause(PauseMode.HoldRound),
        "resume" => new RunCommand.Resume(),
        "cancel" => new RunCommand.Cancel(),
        "rollback" => new RunCommand.Rollback(Round(form)),
        "fork" => new RunCommand.Fork(
            Round(form), Names.Run(form["name"].ToString()),
            SeedOf(form["command-id"].ToString()), Plan: null),
        _ => throw new System.Diagnostics.UnreachableException(view.Name),
    };

    // By the form, so that one that is sent twice asks for the same.
    private static ulong SeedOf(string word) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(word)));

    private static int Round(IFormCollection form) => Names.Whole("round", form["round"], 0);

    private static ConsolePage Confirm(RunState run, CommandView view, string word, string? problem) =>
        ConsolePage.Of<CommandPage>(
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
            (nameof(CommandPage.Run), run), (nameof(CommandPage.Name), view.Name),
            (nameof(CommandPage.CommandId), word), (nameof(CommandPage.Problem), problem));

    /// <summary>What is said of a run that is not there.</summary>
    public static ConsolePage NoRun(string run) => ErrorPage.Result(404, "No such run", $"there is no run {run}");

    private static ConsolePage NoCommand(string command) =>
        ErrorPage.Result(404, "No such command", $"a run has no command {command}");
}
