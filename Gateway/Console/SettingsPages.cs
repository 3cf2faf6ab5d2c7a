using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>What the server is told, what it holds, and who may use it.</summary>
internal static class SettingsPages
{
    private const string Revoke = ConsoleRoutes.Users + "/{user}/revoke";
    private const int DaysMax = 366;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(ConsoleRoutes.Settings, (string? count, HttpContext http, SettingsBook book) =>
            ShowAsync(http, book, isAllCounted: count == "all"))
            .For(new AccessRule.Page(AdminAction.ViewServer)).Transfer();
        routes.MapPost(ConsoleRoutes.Users, CreateAsync).For(new AccessRule.Form(AdminAction.CreateUser));
        routes.MapGet(Revoke, (string user, HttpContext http, IFederation federation) =>
            AskAsync(user, http, federation)).For(new AccessRule.Page(AdminAction.RevokeUser));
        routes.MapPost(Revoke, RevokeAsync).For(new AccessRule.Form(AdminAction.RevokeUser));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, IFederation federation, SettingsBook book)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var name = Names.User(form["name"].ToString());
        AdminRole? role = form["role"].ToString() switch
        {
            "viewer" => AdminRole.Viewer,
            "operator" => AdminRole.Operator,
            "owner" => AdminRole.Owner,
            _ => null,
        };
        if (role is not { } chosen) throw new BadHttpRequestException("role must be viewer, operator or owner");
        var days = Names.Whole("days", form["days"], 1, DaysMax);
        return await federation.Users.CreateAsync(
            name, chosen, TimeSpan.FromDays(days), http.Person().Name, http.RequestAborted) switch
        {
            Outcome<SecretToken>.Accepted { Value: var token } => await ShowAsync(
                http, book, token: new(name, chosen, AdminTokenText.Write(token), days)),
            Outcome<SecretToken>.Refused { Refusal: var refusal } => await ShowAsync(
                http, book, problem: refusal.Message),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<IResult> RevokeAsync(string user, HttpContext http, IFederation federation) =>
        await federation.Users.RevokeAsync(Names.User(user), http.Person().Name, http.RequestAborted) is { } refusal
            ? await AskAsync(user, http, federation, refusal.Message)
            : TypedResults.LocalRedirect(ConsoleRoutes.Settings);

    private static async Task<IResult> AskAsync(
        string user, HttpContext http, IFederation federation, string? problem = null)
    {
        var name = Names.User(user);
        var users = await federation.Users.ListAsync(http.RequestAborted);
        return users.FirstOrDefault(one => one.Name == name) is { } found
            ? ConsolePage.Of<RevokeUserPage>(
                problem is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
                (nameof(RevokeUserPage.User), found), (nameof(RevokeUserPage.Problem), problem))
            : ErrorPage.Result(404, "No such person", $"nobody was ever given a token by the name {name}");
    }

    private static async Task<IResult> ShowAsync(
        HttpContext http, SettingsBook book, bool isAllCounted = false, ShownToken? token = null,
        string? problem = null) => ConsolePage.Of<SettingsPage>(
        problem is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        (nameof(SettingsPage.Settings), book.Settings),
        (nameof(SettingsPage.Storage), await book.CountAsync(isAllCounted, http.RequestAborted)),
        (nameof(SettingsPage.Users), http.Person().RefusalOf(AdminAction.ViewUsers) is null
            ? await book.UsersAsync(http.RequestAborted)
            : null),
        (nameof(SettingsPage.Token), token), (nameof(SettingsPage.Problem), problem));
}
