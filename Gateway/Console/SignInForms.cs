using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>Where sessions begin and end.</summary>
internal static class SignInForms
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(ConsoleRoutes.SignIn, Show).Anybody();
        routes.MapPost(ConsoleRoutes.SignIn, SignInAsync).WithMetadata(new AccessRule.Enrolment())
            .ExcludeFromDescription();
        routes.MapPost(ConsoleRoutes.SignOut, SignOut).For(new AccessRule.Form(AdminAction.ViewRuns));
    }

    private static ConsolePage Show(string? to) => Page(StatusCodes.Status200OK, to, problem: null);

    private static async Task<IResult> SignInAsync(
        HttpContext http, ConsoleAccess access, SignIn signIn, SessionSeal seal, TurnedAway turnedAway)
    {
        if (!await access.IsOwnFormAsync(http, sessionId: "")) return ConsoleAccess.ForeignForm();
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (token, to) = (form["token"].ToString().Trim(), form["to"].ToString());
        if (await signIn.WhoAsync(token, http.RequestAborted) is Outcome<SignedInUser>.Refused { Refusal: var refusal })
        {
            await turnedAway.WriteAsync(http, "unknown", refusal);
            return Page(StatusCodes.Status401Unauthorized, to, refusal.Message);
        }

        var sealedSession = seal.Seal(seal.Begin(token));
        if (sealedSession.Length > ConsoleCookie.CharactersMax)
        {
            return Page(
                StatusCodes.Status400BadRequest, to,
                $"this token has {token.Length} characters, more than a browser's cookie holds; use the command " +
                "line, or have it issued with fewer claims");
        }

        ConsoleCookie.Write(http, sealedSession);
        return TypedResults.LocalRedirect(ReturnAddress.IsOurs(to) ? to : ConsoleRoutes.Root);
    }

    private static RedirectHttpResult SignOut(HttpContext http)
    {
        ConsoleCookie.Clear(http);
        return TypedResults.LocalRedirect(ConsoleRoutes.SignIn);
    }

    private static ConsolePage Page(int status, string? to, string? problem) => ConsolePage.Of<SignInPage>(
        status, (nameof(SignInPage.To), ReturnAddress.IsOurs(to) ? to : null), (nameof(SignInPage.Problem), problem));
}
