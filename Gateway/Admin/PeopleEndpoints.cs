using System.Diagnostics;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Admin;

/// <summary>Who may speak as an agent, and who may use the admin listener.</summary>
internal static class PeopleEndpoints
{
    private const int HoursMax = 720;
    private const int DaysMax = 366;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Agents, AgentsAsync).For(May(AdminAction.ViewAgents), "agents.list")
            .Produces<IReadOnlyList<AgentSummary>>();
        routes.MapGet(Routes.Agents + "/{agent}/trouble", TroubleAsync)
            .For(May(AdminAction.ViewAgents), "agents.trouble").Produces<TroubleAnswer>();
        routes.MapPost(Routes.Agents, InviteAsync).For(May(AdminAction.InviteAgent), "agents.invite")
            .Produces<InviteAnswer>();
        routes.MapPost(Routes.Agents + "/{agent}/revoke", RevokeAgentAsync)
            .For(May(AdminAction.RevokeAgent), "agents.revoke").Produces(204);
        routes.MapGet(Routes.Users, UsersAsync).For(May(AdminAction.ViewUsers), "users.list")
            .Produces<IReadOnlyList<UserSummary>>();
        routes.MapPost(Routes.Users, CreateUserAsync).For(May(AdminAction.CreateUser), "users.create")
            .Produces<TokenAnswer>();
        routes.MapPost(Routes.Users + "/{user}/revoke", RevokeUserAsync)
            .For(May(AdminAction.RevokeUser), "users.revoke").Produces(204);
    }

    private static AccessRule.Person May(AdminAction action) => new(action);

    private static async Task<IResult> AgentsAsync(HttpContext http, IFederation federation)
    {
        var records = await federation.Agents.ListAsync(http.RequestAborted);
        return TypedResults.Json<IReadOnlyList<AgentSummary>>(
            [
                .. records.Select(record => new AgentSummary(
                    record.State.Agent, record.State.Role, record.State.Status.Name, record.IsConnected,
                    record.LastSeen, (record.State.Status as EnrolmentStatus.Enrolled)?.Current.NotAfter,
                    record.Facts)),
            ],
            WireJson.Default.IReadOnlyListAgentSummary);
    }

    private static async Task<IResult> TroubleAsync(string agent, HttpContext http, IFederation federation) =>
        TypedResults.Json(
            new TroubleAnswer(await federation.Agents.FindTroubleAsync(Names.Agent(agent), http.RequestAborted)),
            WireJson.Default.TroubleAnswer);

    private static async Task<IResult> InviteAsync(
        InviteRequest body, HttpContext http, IFederation federation, CertificateAuthority authority,
        BoundAddresses addresses)
    {
        if (body.Hours is < 1 or > HoursMax)
            return new Refused(400, "malformed", $"hours is {body.Hours}; it must be between 1 and {HoursMax}");
        var outcome = await federation.Agents.InviteAsync(
            body.Agent, body.Role, TimeSpan.FromHours(body.Hours), http.Person().Name, http.RequestAborted);
        if (outcome is Outcome<IssuedInvite>.Refused { Refusal: var refusal }) return Refusals.Of(refusal);
        var issued = ((Outcome<IssuedInvite>.Accepted)outcome).Value;
        var invite = new Invite(
            body.Agent, body.Role, addresses.Admin, authority.Fingerprint, issued.Expires, issued.Token);
        return TypedResults.Json(
            new InviteAnswer(InviteText.Write(invite), invite.Expires), WireJson.Default.InviteAnswer);
    }

    private static async Task<IResult> RevokeAgentAsync(
        string agent, RevokeRequest body, HttpContext http, IFederation federation)
    {
        if (body.Reason.Length is 0 or > 256)
            return new Refused(400, "malformed", "reason must have 1 to 256 characters");
        return Done(await federation.Agents.RevokeAsync(
            Names.Agent(agent), body.Reason, http.Person().Name, http.RequestAborted));
    }

    private static async Task<IResult> UsersAsync(HttpContext http, IFederation federation)
    {
        var users = await federation.Users.ListAsync(http.RequestAborted);
        return TypedResults.Json<IReadOnlyList<UserSummary>>(
            [
                .. users.Select(user => new UserSummary(
                    user.Name.Value, user.Role, user.Created, user.By, user.Expires, user.LastUsed, user.Revoked)),
            ],
            WireJson.Default.IReadOnlyListUserSummary);
    }

    private static async Task<IResult> CreateUserAsync(NewUserRequest body, HttpContext http, IFederation federation)
    {
        if (body.Days is < 1 or > DaysMax)
            return new Refused(400, "malformed", $"days is {body.Days}; it must be between 1 and {DaysMax}");
        return await federation.Users.CreateAsync(
            Names.User(body.Name), body.Role, TimeSpan.FromDays(body.Days), http.Person().Name,
            http.RequestAborted) switch
        {
            Outcome<SecretToken>.Accepted { Value: var token } =>
                TypedResults.Json(new TokenAnswer(AdminTokenText.Write(token)), WireJson.Default.TokenAnswer),
            Outcome<SecretToken>.Refused { Refusal: var refusal } => Refusals.Of(refusal),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<IResult> RevokeUserAsync(string user, HttpContext http, IFederation federation) =>
        Done(await federation.Users.RevokeAsync(Names.User(user), http.Person().Name, http.RequestAborted));

    private static IResult Done(IdentityRefusal? refusal) =>
        refusal is null ? TypedResults.NoContent() : Refusals.Of(refusal);
}
