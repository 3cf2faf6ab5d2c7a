using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Checkpoints;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Events;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Agents;

/// <summary>What an agent asks of the server, its rounds excepted.</summary>
internal static class AgentEndpoints
{
    private const string Checkpoint = "/v1/agent/runs/{run}/checkpoints/{manifest}";
    private const int VersionMax = 64;
    private const int DeviceMax = 128;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Agent.Self, Self).For(new AccessRule.Agent(), "agent.self").Produces<AgentSelf>();
        routes.MapPost(Routes.Agent.Renew, RenewAsync).For(new AccessRule.Agent(), "agent.renew")
            .Produces<CertificateAnswer>();
        routes.MapPut(Routes.Agent.Facts, ReportAsync).For(new AccessRule.Agent(), "agent.report").Produces(204);
        routes.MapPut(Routes.Agent.Trouble, TellTroubleAsync).For(new AccessRule.Agent(), "agent.trouble")
            .Produces(204);
        routes.MapGet(Routes.Agent.Orders, OrdersAsync).For(new AccessRule.Agent(), "agent.orders").Endless()
            .Produces(200, contentType: "text/event-stream");
        routes.MapGet("/v1/agent/runs/{run}/plan", PlanAsync).For(new AccessRule.Agent(), "agent.plan")
            .Produces<RunPlan>();
        CheckpointEndpoints.Map(routes, Checkpoint, "agent", _ => new AccessRule.Agent());
    }

    private static JsonHttpResult<AgentSelf> Self(HttpContext http, TimeProvider time) => TypedResults.Json(
        new AgentSelf(http.Agent(), http.Admission().Role, time.GetUtcNow(), ProgramVersion.Text),
        WireJson.Default.AgentSelf);

    private static async Task<IResult> RenewAsync(
        HttpContext http, RenewRequest body, IFederation federation, BoundAddresses addresses)
    {
        if (AgentRequest.Read(body.Request) is not Outcome<AgentRequest>.Accepted { Value: var request })
            return Refusals.Of(((Outcome<AgentRequest>.Refused)AgentRequest.Read(body.Request)).Refusal);
        return await federation.Agents.RenewAsync(http.Certificate(), request, http.RequestAborted) switch
        {
            Outcome<IssuedCertificate>.Accepted { Value: var certificate } => TypedResults.Json(
                new CertificateAnswer(certificate.Pem, addresses.Agent), WireJson.Default.CertificateAnswer),
            Outcome<IssuedCertificate>.Refused { Refusal: var refusal } => Refusals.Of(refusal),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<IResult> ReportAsync(HttpContext http, AgentFacts facts, IFederation federation)
    {
        if (FactsProblem(facts) is { } problem) return new Refused(400, "malformed", problem);
        await federation.Agents.ReportAsync(http.Agent(), facts, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static string? FactsProblem(AgentFacts facts)
    {
        if (facts.Version.Length is 0 or > VersionMax) return $"version must have 1 to {VersionMax} characters";
        if (facts.Device.Length is 0 or > DeviceMax) return $"device must have 1 to {DeviceMax} characters";
        if (facts.EpsilonSpent is { } spent && !(spent >= 0 && double.IsFinite(spent)))
            return "epsilonSpent must be finite and not negative";
        if (facts.EpsilonMax is { } most && !(most >= 0 && double.IsFinite(most)))
            return "epsilonMax must be finite and not negative";
        return facts.Delta is null or (> 0 and < 1) ? null : "delta must be between 0 and 1";
    }

    // Of whom it is said, the connection's certificate says; what is said, is text of a stranger.
    private static async Task<IResult> TellTroubleAsync(HttpContext http, AgentTrouble trouble, IFederation federation)
    {
        if (trouble.Problem() is { } problem) return new Refused(400, "malformed", problem);
        if (trouble.Error.Round is { } round) Names.Round(round);
        await federation.Agents.TellTroubleAsync(http.Agent(), trouble.Cleaned(), http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static Task OrdersAsync(HttpContext http, IFederation federation, EventStream events, TimeProvider time)
    {
        var (admission, until) = (http.Admission(), http.Certificate().NotAfter);
        return events.ServeAsync(
            http, "order",
            token => OrderEvents.OfAsync(federation.Runs.OrdersAsync(admission.Agent, admission.Role, token), token),
            isOver: () => new(time.GetUtcNow() >= until));
    }

    private static async Task<IResult> PlanAsync(string run, IFederation federation, HttpContext http)
    {
        var id = Names.Run(run);
        return await federation.Runs.FindAsync(id, http.RequestAborted) is { } state
            ? TypedResults.Json(state.Plan, WireJson.Default.RunPlan)
            : Refusals.RunNotFound(id);
    }
}
