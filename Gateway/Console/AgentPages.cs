using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
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

/// <summary>Agents: who there is, invites, revocations.</summary>
internal static class AgentPages
{
    private const string Agent = ConsoleRoutes.Agents + "/{agent}";
    private const int HoursMax = 720;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var view = new AccessRule.Page(AdminAction.ViewAgents);
        routes.MapGet(ConsoleRoutes.Agents, ListAsync).For(view);
        routes.MapGet(ConsoleRoutes.AgentsStream, LiveAsync).For(view).Endless();
        routes.MapPost(ConsoleRoutes.Agents, InviteAsync).For(new AccessRule.Form(AdminAction.InviteAgent));
        routes.MapGet(Agent, ShowAsync).For(view);
        routes.MapGet(Agent + "/revoke", (string agent) => Ask(agent, problem: null))
            .For(new AccessRule.Page(AdminAction.RevokeAgent));
        routes.MapPost(Agent + "/revoke", RevokeAsync).For(new AccessRule.Form(AdminAction.RevokeAgent));
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, IFederation federation, string? find, string? after) => ConsolePage.Of<AgentsPage>(
        (nameof(AgentsPage.Slice),
            AgentSlice.Of(await federation.Agents.ListAsync(http.RequestAborted), find, after)),
        (nameof(AgentsPage.After), after));

    private static Task LiveAsync(HttpContext http, FleetWatch fleet, LiveParts live, string? find, string? after) =>
        live.ServeAsync(
            http, AdminAction.ViewAgents,
            token => LiveParts.AgainAsync(
                async () => (
                    typeof(AgentParts),
                    [(nameof(AgentParts.Slice), AgentSlice.Of((await fleet.FindAsync(token)).Agents, find, after))]),
                token));

    private static async Task<IResult> InviteAsync(
        HttpContext http, IFederation federation, CertificateAuthority authority, BoundAddresses addresses)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var agent = Names.Agent(form["agent"].ToString());
        var hours = Names.Whole("hours", form["hours"], 1, HoursMax);
        var role = form["role"] == "evaluator" ? AgentRole.Evaluator : AgentRole.Trainer;
        switch (await federation.Agents.InviteAsync(
            agent, role, TimeSpan.FromHours(hours), http.Person().Name, http.RequestAborted))
        {
            case Outcome<IssuedInvite>.Accepted { Value: var issued }:
                var invite = new Invite(
                    agent, role, addresses.Admin, authority.Fingerprint, issued.Expires, issued.Token);
                return await PageAsync(
                    http, federation, StatusCodes.Status200OK,
                    new ShownInvite(agent, InviteText.Write(invite), issued.Expires), problem: null);
            case Outcome<IssuedInvite>.Refused { Refusal: var refusal }:
                return await PageAsync(
                    http, federation, StatusCodes.Status409Conflict, invite: null, refusal.Message);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static async Task<IResult> ShowAsync(string agent, HttpContext http, IFederation federation)
    {
        var id = Names.Agent(agent);
        var records = await federation.Agents.ListAsync(http.RequestAborted);
        return records.FirstOrDefault(record => record.State.Agent == id) is { } found
            ? ConsolePage.Of<AgentPage>(
                (nameof(AgentPage.Agent), found),
                (nameof(AgentPage.Trouble), await federation.Agents.FindTroubleAsync(id, http.RequestAborted)),
                (nameof(AgentPage.Runs), await federation.Runs.ListAsync(http.RequestAborted)))
            : ErrorPage.Result(404, "No such agent", $"no agent was ever invited by the name {agent}");
    }

    private static async Task<IResult> RevokeAsync(string agent, HttpContext http, IFederation federation)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var reason = form["reason"].ToString();
        if (reason.Length is 0 or > 256) return Ask(agent, "reason must have 1 to 256 characters");
        return await federation.Agents.RevokeAsync(
            Names.Agent(agent), reason, http.Person().Name, http.RequestAborted) is { } refusal
            ? Ask(agent, refusal.Message)
            : TypedResults.LocalRedirect(ConsoleRoutes.Agent(Names.Agent(agent)));
    }

    private static ConsolePage Ask(string agent, string? problem) => ConsolePage.Of<RevokePage>(
        problem is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        (nameof(RevokePage.Agent), Names.Agent(agent)), (nameof(RevokePage.Problem), problem));

    private static async Task<IResult> PageAsync(
        HttpContext http, IFederation federation, int status, ShownInvite? invite, string? problem) =>
        ConsolePage.Of<AgentsPage>(
            status,
            (nameof(AgentsPage.Slice), AgentSlice.Of(
                await federation.Agents.ListAsync(http.RequestAborted), find: null, after: null)),
            (nameof(AgentsPage.Invite), invite), (nameof(AgentsPage.Problem), problem));
}
