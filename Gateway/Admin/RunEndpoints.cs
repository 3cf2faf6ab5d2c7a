using System.Diagnostics;
using System.Runtime.CompilerServices;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Checkpoints;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Events;
using FedLowRank.Gateway.Hosting;
using FedLowRank.Gateway.Uploads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Admin;

/// <summary>Runs, as people see and command them.</summary>
internal static class RunEndpoints
{
    private const string Run = Routes.Runs + "/{run}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Person(AdminAction.ViewRuns);
        var create = new AccessRule.Person(AdminAction.CreateRun);
        routes.MapGet(Routes.Runs, ListAsync).For(view, "runs.list").Produces<IReadOnlyList<RunSummary>>();
        routes.MapPost(Routes.Runs, CreateAsync).For(create, "runs.create")
            .Produces(200, contentType: "application/json");
        routes.MapGet(Run, ShowAsync).For(view, "runs.show").Produces(200, contentType: "application/json");
        routes.MapGet(Run + "/events", WatchAsync).For(view, "runs.watch").Endless()
            .Produces(200, contentType: "text/event-stream");

        // Each command has an action of its own, which is asked for once the command is read.
        routes.MapPost(Run + "/commands", CommandAsync).For(view, "runs.command").Produces<CommandAnswer>();
        CheckpointEndpoints.Map(routes, Run + "/checkpoints/{manifest}", "runs", isPart =>
            isPart ? new AccessRule.Person(AdminAction.ExportAdapter) : view);

        routes.MapPut(Routes.Uploads, (UploadOffer offer, HttpContext http, StartUploads uploads) =>
                uploads.OfferAsync(offer, http.Person().Name, http.RequestAborted))
            .For(create, "uploads.offer").Produces<UploadProgress>();
        routes.MapPatch(Routes.Uploads + "/{hash}", (string hash, HttpContext http, StartUploads uploads) =>
                uploads.AppendAsync(http, http.Person().Name, Names.Hash(hash)))
            .For(create, "uploads.append").Transfer().Takes("application/octet-stream").Produces<UploadProgress>();
        routes.MapPost(Routes.Uploads + "/{hash}/complete", (string hash, HttpContext http, StartUploads uploads) =>
                uploads.CompleteAsync(http.Person().Name, Names.Hash(hash), http.RequestAborted))
            .For(create, "uploads.complete").Transfer().Produces<UploadProgress>();
    }

    /// <summary>What a role must be allowed to do for a command.</summary>
    internal static AdminAction ActionOf(RunCommand command) => command switch
    {
        RunCommand.Start => AdminAction.StartRun,
        RunCommand.Trigger => AdminAction.TriggerRound,
        RunCommand.Pause => AdminAction.PauseRun,
        RunCommand.Resume => AdminAction.ResumeRun,
        RunCommand.Cancel => AdminAction.CancelRun,
        RunCommand.Rollback => AdminAction.RollbackRun,
        RunCommand.Fork => AdminAction.ForkRun,
        _ => throw new UnreachableException(command.GetType().Name),
    };

    private static async Task<IResult> ListAsync(HttpContext http, IFederation federation)
    {
        var states = await federation.Runs.ListAsync(http.RequestAborted);
        var damaged = await federation.Runs.ListDamagedAsync(http.RequestAborted);
        return TypedResults.Json<IReadOnlyList<RunSummary>>(
            [
                .. states.Select(state => new RunSummary(
                    state.Id, state.Status.Name, state.LastRound, state.Plan.Rounds, state.Plan.Round.Method,
                    state.Plan.Round.Privacy is not null)),
                .. damaged.Select(run => new RunSummary(
                    run.Run, $"damaged: {run.Message}", Round: 0, Rounds: 0, Method: "unknown", IsPrivate: false)),
            ],
            WireJson.Default.IReadOnlyListRunSummary);
    }

    private static async Task<IResult> CreateAsync(NewRunRequest body, HttpContext http, IFederation federation)
    {
        var order = new NewRun(body.Run, body.Plan, body.Start);
        return await federation.Runs.CreateAsync(order, http.Person().Name, http.RequestAborted) switch
        {
            RunCreation.Created { State: var state } => Json(state),
            RunCreation.Refused refused => Refusals.Of(refused),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<IResult> ShowAsync(string run, HttpContext http, IFederation federation)
    {
        var id = Names.Run(run);
        return await federation.Runs.FindAsync(id, http.RequestAborted) is { } state
            ? Json(state)
            : Refusals.RunNotFound(id);
    }

    private static async Task WatchAsync(
        string run, HttpContext http, IFederation federation, EventStream events, SignIn signIn)
    {
        var id = Names.Run(run);
        if (await federation.Runs.FindAsync(id, http.RequestAborted) is null)
        {
            await Refusals.RunNotFound(id).ExecuteAsync(http);
        }
        else
        {
            // A token that is revoked, or ends, ends what it opened.
            await events.ServeAsync(
                http, "state", token => StatesAsync(federation.Runs.WatchAsync(id, token), token),
                isOver: async () =>
                    await signIn.WhoAsync(http) is not Outcome<SignedInUser>.Accepted { Value: var user } ||
                    user.RefusalOf(AdminAction.ViewRuns) is not null);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> StatesAsync(
        IAsyncEnumerable<RunState> states, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var state in states.WithCancellation(cancellationToken)) yield return RunJson.Write(state);
    }

    private static async Task<IResult> CommandAsync(
        string run, CommandRequest body, HttpContext http, IFederation federation, TimeProvider time,
        TurnedAway turnedAway)
    {
        var (id, person) = (Names.Run(run), http.Person());
        if (person.RefusalOf(ActionOf(body.Command)) is { } notAllowed)
        {
            await turnedAway.WriteAsync(http, person.Name, notAllowed);
            return Refusals.Of(notAllowed);
        }

        var asked = new RunEvent.Asked(time.GetUtcNow(), body.Id, person.RecordedName(), body.Command);
        return await federation.Runs.ApplyAsync(id, asked, http.RequestAborted) switch
        {
            Answer.Refused { Refusal: var refusal } => Refusals.Of(refusal),
            null => Refusals.RunNotFound(id),
            _ => TypedResults.Json(
                new CommandAnswer((await federation.Runs.FindAsync(id, http.RequestAborted))!.Status.Name),
                WireJson.Default.CommandAnswer),
        };
    }

    private static FileContentHttpResult Json(RunState state) =>
        TypedResults.Bytes(RunJson.Write(state), "application/json");
}
