using System.Diagnostics;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FedLowRank.Gateway.Console;

/// <summary>Lets a browser through to a page or a form, or sends it to sign in.</summary>
internal sealed class ConsoleAccess(GatewayOptions options, SessionSeal seal, SignIn signIn, TurnedAway turnedAway)
{
    private const int FormBytesMax = 1 << 20;

    /// <summary>What to answer instead; null where the request may go on.</summary>
    public async ValueTask<IResult?> RefusalOfAsync(HttpContext http, AccessRule access)
    {
        var (action, isForm) = access switch
        {
            AccessRule.Page page => (page.Action, false),
            AccessRule.Form form => (form.Action, true),
            _ => throw new UnreachableException(access.GetType().Name),
        };
        if (await SessionAsync(http) is not { } session)
            return IsStream(http) ? TypedResults.NoContent() : ToSignIn(http, isForm);
        http.Features.Set(session.Session);
        http.Features.Set(session.User);
        if (session.User.RefusalOf(action) is { } refusal)
        {
            await turnedAway.WriteAsync(http, session.User.Name, refusal);
            return ErrorPage.Result(403, "Your role does not allow this", refusal.Message);
        }

        return isForm && !await IsOwnFormAsync(http, session.Session.Id) ? ForeignForm() : null;
    }

    /// <summary>Who a browser's session is, as of now; null where there is none, or its token is over.</summary>
    public async ValueTask<(ConsoleSession Session, SignedInUser User)?> SessionAsync(HttpContext http)
    {
        var session = options.IsDevelopment
            ? new ConsoleSession("", DateTimeOffset.MaxValue, "")
            : seal.Open(ConsoleCookie.Read(http));
        return session is not null && await signIn.WhoAsync(session.Token, http.RequestAborted)
            is Outcome<SignedInUser>.Accepted { Value: var user }
            ? (session, user)
            : null;
    }

    /// <summary>
    /// Whether a form comes from a page that this server gave to this session. Browsers name the page's site with every
    /// form; the token in the form is what other sites do not know.
    /// </summary>
    public async ValueTask<bool> IsOwnFormAsync(HttpContext http, string sessionId)
    {
        if (http.Request.Headers.Origin is [{ } origin] &&
            !string.Equals(origin, $"{http.Request.Scheme}://{http.Request.Host}", StringComparison.OrdinalIgnoreCase))
            return false;
        http.Features.Set<IFormFeature>(new FormFeature(
            http.Request, new() { BufferBodyLengthLimit = FormBytesMax, ValueLengthLimit = FormBytesMax }));
        if (!http.Request.HasFormContentType) return false;
        try
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            return seal.IsFormToken(sessionId, form[FormTokenField.Name]);
        }
        catch (InvalidDataException fault)
        {
            throw new BadHttpRequestException($"this is no form: {fault.Message}", fault);
        }
    }

    /// <summary>What is said of a form that is not ours.</summary>
    public static IResult ForeignForm() => ErrorPage.Result(
        400, "This form is not of this session",
        "it comes from another page or an earlier session; open the page again and send it from there");

    // Browsers give up a stream without content, and a page for people is none.
    private static bool IsStream(HttpContext http) => http.Request.Headers.Accept == "text/event-stream";

    // A form that is sent after the session's end is lost; its page is asked for again.
    private static RedirectHttpResult ToSignIn(HttpContext http, bool isForm) => isForm
        ? TypedResults.LocalRedirect(ConsoleRoutes.SignIn)
        : TypedResults.LocalRedirect(ReturnAddress.SignInFor(http.Request));
}
