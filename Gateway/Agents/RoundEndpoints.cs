using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Hosting;
using FedLowRank.Gateway.Uploads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Agents;

/// <summary>What an agent says of its part in a round, and its update.</summary>
internal static class RoundEndpoints
{
    private const string Round = "/v1/agent/runs/{run}/rounds/{round}";
    private const string Update = Round + "/update";

    private delegate RunEvent? Reading(RoundMessage said, DateTimeOffset now, AgentId agent, RoundId round);

    public static void Map(IEndpointRouteBuilder routes)
    {
        Say("join", "", static (said, now, agent, round) => new RunEvent.AgentJoined(now, agent, round));
        Say("decline", "declined", static (said, now, agent, round) =>
            said.Declined is { } reason ? new RunEvent.AgentDeclined(now, agent, round, reason) : null);
        Say("progress", "stepsDone", static (said, now, agent, round) =>
            said.StepsDone is { } steps ? new RunEvent.AgentProgressed(now, agent, round, steps) : null);
        Say("lost", "lost", static (said, now, agent, round) =>
            said.Lost is { } reason ? new RunEvent.AgentLost(now, agent, round, reason) : null);
        Say("evaluation", "metrics", static (said, now, agent, round) =>
            said.Metrics is { } metrics ? new RunEvent.EvaluationDone(now, agent, round, metrics) : null);
        Say("evaluation/decline", "", static (said, now, agent, round) =>
            new RunEvent.EvaluationDeclined(now, agent, round));

        routes.MapPut(Update, OfferAsync).For(new AccessRule.Agent(), "agent.update.offer").Transfer()
            .Produces<UploadProgress>();
        routes.MapPatch(Update + "/{hash}", AppendAsync).For(new AccessRule.Agent(), "agent.update.append").Transfer()
            .Takes("application/octet-stream").Produces<UploadProgress>();
        routes.MapPost(Update + "/{hash}/complete", CompleteAsync).For(new AccessRule.Agent(), "agent.update.complete")
            .Transfer().Produces<UploadProgress>();

        void Say(string what, string member, Reading reading) => routes
            .MapPost(
                $"{Round}/{what}",
                (string run, string round, RoundMessage said, HttpContext http, IFederation federation,
                    TimeProvider time) =>
                    ApplyAsync(http, federation, Names.Run(run), member,
                        reading(said, time.GetUtcNow(), http.Agent(), Names.Round(round))))
            .For(new AccessRule.Agent(), $"agent.{what.Replace('/', '.')}").Produces(204);
    }

    private static async Task<IResult> ApplyAsync(
        HttpContext http, IFederation federation, RunId run, string member, RunEvent? happened)
    {
        if (happened is null) return new Refused(400, "malformed", $"{member} is missing");
        return await federation.Runs.ApplyAsync(run, happened, http.RequestAborted) switch
        {
            Answer.Done or Answer.Ignored => TypedResults.NoContent(),
            Answer.Refused { Refusal: var refusal } => Refusals.Of(refusal),
            null => Refusals.RunNotFound(run),
            var answer => throw new UnreachableException(answer.GetType().Name),
        };
    }

    private static Task<IResult> OfferAsync(
        string run, string round, UploadOffer offer, HttpContext http, UpdateUploads uploads) =>
        uploads.OfferAsync(Names.Run(run), Names.Round(round), http.Agent(), offer, http.RequestAborted);

    private static Task<IResult> AppendAsync(
        string run, string round, string hash, HttpContext http, UpdateUploads uploads) =>
        uploads.AppendAsync(http, Names.Run(run), Names.Round(round), http.Agent(), Names.Hash(hash));

    private static Task<IResult> CompleteAsync(
        string run, string round, string hash, HttpContext http, UpdateUploads uploads) =>
        uploads.CompleteAsync(
            Names.Run(run), Names.Round(round), http.Agent(), Names.Hash(hash), http.RequestAborted);
}
